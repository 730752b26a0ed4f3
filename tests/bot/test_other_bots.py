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
