"""Other programs in a channel, which the server marks as bots (https://ircv3.net/specs/extensions/bot-mode)."""

from __future__ import annotations

from logs.ingest.entry import BotSeen
from tests.bot.in_process import LocalSession
from tests.bot.test_fuzz import WELCOME


def test_a_bot_is_recorded_once_with_its_first_line(local: LocalSession) -> None:
    local.receive(*WELCOME, f":{local.session.nickname.current}!b@h JOIN #c")
    local.receive("@bot :helper!h@h PRIVMSG #c :beep", "@draft/bot= :helper!h@h PRIVMSG #c :beep")
    local.receive(":ann!a@h PRIVMSG #c :hello")
    records, _ = local.journal.read(local.journal.first_position(), 1_000_000)
    assert [record for record in records if isinstance(record, BotSeen)] == [BotSeen(1, "helper")]


def test_bots_are_found_by_who_where_messages_have_no_tags(local: LocalSession) -> None:
    local.receive(*WELCOME, ":irc.example.org 005 botbot BOT=B WHOX :are supported by this server")
    local.receive(
        f":{local.session.nickname.current}!b@h JOIN #c", ":irc.example.org 353 botbot = #c :helper Ann eve bee"
    )
    assert local.read_sent("WHO ") == ["WHO #c %tnf,44"]
    for nick, flags in (("helper", "H@B"), ("Ann", "G"), ("eve", "HB"), ("bee", "HB")):
        local.receive(f":irc.example.org 354 botbot 44 {nick} {flags}")
    local.receive(":irc.example.org 354 botbot 43 Ann B")  # another request's
    local.receive(
        ":helper!h@h NICK Help3r", ":eve!e@h QUIT :bye", ":eve!x@h JOIN #c", ":bee!e@h PART #c", ":bee!x@h JOIN #c"
    )
    for nick in ("Help3r", "ann", "eve", "helper", "bee"):
        local.receive(f":{nick}!h@h PRIVMSG #c :beep")
    records, _ = local.journal.read(local.journal.first_position(), 1_000_000)
    assert [record for record in records if isinstance(record, BotSeen)] == [BotSeen(1, "Help3r")]


def test_a_server_without_a_bot_mode_is_not_asked(local: LocalSession) -> None:
    local.receive(*WELCOME, ":irc.example.org 005 botbot WHOX :are supported by this server")
    local.receive(f":{local.session.nickname.current}!b@h JOIN #c")
    assert local.read_sent("WHO ") == []
