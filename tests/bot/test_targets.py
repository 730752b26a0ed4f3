"""To whom a message is addressed: a channel, its operators, us, or everybody on a server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bot.in_process import LocalSession, StartLocal
from tests.bot.test_fuzz import NETWORK, WELCOME

ISUPPORT = ":s 005 botbot PREFIX=(qaohv)~&@%+ STATUSMSG=~&@%+ CHANTYPES=#& :are supported"
WITH_RESTRICTED = replace(NETWORK, channels=(replace(NETWORK.channels[0], keeps_restricted=True),))


@pytest.mark.parametrize("target", ["@#c", "+#c", "~#c", "%#c", "@+#c", "@%+#c"])
@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_what_is_said_to_operators_alone_is_not_recorded(local: LocalSession, target: str, command: str) -> None:
    local.receive(*WELCOME, ISUPPORT, f":ann!a@h {command} {target} :secret", f":ann!a@h {command} #c :public")
    local.receive(f":ann!a@h {command} {target} :\x01ACTION whispers\x01")
    assert local.journaled_messages() == [("ann", "public")]


@pytest.mark.parametrize("target", ["@#c", "+#c", "~#c", "@%+#c"])
@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_what_is_said_to_operators_alone_is_recorded_and_marked_where_owners_want_it(
    start_local: StartLocal, target: str, command: str
) -> None:
    local = start_local(WITH_RESTRICTED)
    local.receive(*WELCOME, ISUPPORT, f":ann!a@h {command} {target} :secret", f":ann!a@h {command} #c :public")
    local.receive(f":ann!a@h {command} {target} :\x01ACTION whispers\x01")
    symbols = target.removesuffix("#c")
    found = [(entry.text, entry.target) for entry in local.entries()]
    assert found == [("secret", symbols), ("public", None), ("whispers", symbols)]


def test_the_same_words_to_operators_and_to_all_are_two_lines_of_a_history(start_local: StartLocal) -> None:
    local = start_local(WITH_RESTRICTED)
    local.receive(*WELCOME, "CAP * ACK :draft/chathistory message-tags server-time", ":ann!a@h PRIVMSG @#c :hi")
    local.session.recorder.stop_recording(1, "connection")  # type: ignore[arg-type]
    local.receive(":botbot!b@h JOIN #c", "BATCH +h chathistory #c", "@batch=h;msgid=1 :ann!a@h PRIVMSG #c :hi")
    local.receive("@batch=h;msgid=2 :ann!a@h PRIVMSG @#c :new", "BATCH -h")
    found = [(entry.text, entry.target) for entry in local.entries()]
    assert found == [("hi", "@"), ("hi", None), ("new", "@")]


def test_what_was_said_to_operators_alone_is_not_recorded_from_history(local: LocalSession) -> None:
    local.receive(*WELCOME, "CAP * ACK :draft/chathistory message-tags", "@msgid=1 :ann!a@h PRIVMSG #c :before")
    local.session.recorder.stop_recording(1, "connection")  # type: ignore[arg-type]
    local.receive(":botbot!b@h JOIN #c", "BATCH +h chathistory #c", "@batch=h;msgid=1 :ann!a@h PRIVMSG #c :before")
    local.receive("@batch=h;msgid=2 :ann!a@h PRIVMSG @#c :secret", "@batch=h;msgid=3 :ann!a@h PRIVMSG #c :public")
    local.receive("BATCH -h")
    assert local.read_sent("CHATHISTORY") == [f"CHATHISTORY AFTER #c msgid={number} 100" for number in (1, 3)]
    assert local.journaled_messages() == [("ann", "before"), ("ann", "public")]


@pytest.mark.parametrize(
    ("targets", "shown"),
    [
        ("#c,#elsewhere", [None]),
        ("botbot,#c,$*.net", [None]),
        ("@#c,#elsewhere", ["@"]),
        ("#c,@+#C,#c", [None, "@+"]),
        (",#c,", [None]),
        ("#elsewhere,botbot", []),
        (",".join(f"#{number}" for number in range(1000)), []),
    ],
)
def test_a_message_to_several_channels_is_recorded_in_each(
    start_local: StartLocal, targets: str, shown: list[str | None]
) -> None:
    local = start_local(WITH_RESTRICTED)
    local.receive(*WELCOME, ISUPPORT)
    local.read_sent()
    local.receive(f":ann!a@h PRIVMSG {targets} :help")
    assert [entry.target for entry in local.entries()] == shown
    assert local.read_sent() == []


@pytest.mark.parametrize("target", ["$*.net", "$$*", "$irc.example.org", "#*.net", "*", "somebody", "BotBot_", ""])
def test_a_message_to_many_is_not_answered(local: LocalSession, target: str) -> None:
    local.receive(*WELCOME)
    local.read_sent()
    for text in ("hello", "help", "\x01VERSION\x01", "sign out"):
        local.receive(f":ann!a@h PRIVMSG {target} :{text}")
    assert local.read_sent() == []


def test_a_message_to_us_is_answered_whatever_its_case(local: LocalSession) -> None:
    local.receive(*WELCOME)
    local.read_sent()
    local.receive(":ann!a@h PRIVMSG BotBot :\x01VERSION\x01")
    assert len(local.read_sent("NOTICE ann")) == 1


@pytest.mark.parametrize(
    ("tags", "reply"),
    [
        ("+reply=a", "a"),
        ("+draft/reply=b", "b"),
        ("+draft/reply=b;+reply=a", "a"),
        ("+reply=", None),
        ("reply=x", None),
    ],
)
def test_the_line_that_a_sender_answers_is_recorded(local: LocalSession, tags: str, reply: str | None) -> None:
    local.receive(*WELCOME, "CAP * ACK :message-tags", f"@msgid=1;{tags} :ann!a@h PRIVMSG #c :yes")
    assert [entry.reply_msgid for entry in local.entries()] == [reply]


@pytest.mark.parametrize("text", ["Buffer Playback...", "Playback Complete."])
def test_what_a_bouncer_says_about_its_playback_is_no_speech(local: LocalSession, text: str) -> None:
    local.receive(*WELCOME, f":***!znc@znc.in PRIVMSG #c :{text}", ":***!a@h PRIVMSG #c :hello")
    assert local.journaled_messages() == [("***", "hello")]
