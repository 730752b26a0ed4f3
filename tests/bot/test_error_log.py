"""When the bot's own code fails on a line, the log says where, but contains no text of anybody."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.connection import Timing
from bot.handlers import Handlers
from bot.irc.message import Message
from bot.recorder import Recorder
from bot.session import Session
from bot.state_file import StsStore
from logs.ingest.entry import Entry
from logs.ingest.journal import Journal
from tests.bot.test_fuzz import NETWORK, WELCOME

SECRET = "zanzibar7"
MULTILINE = [
    "BATCH +m draft/multiline #c",
    f"@batch=m :ann!a@h PRIVMSG #c :{SECRET}",
    f"@batch=m;draft/multiline-concat :ann!a@h PRIVMSG #c :{SECRET}",
    "BATCH -m",
]
REPLAY = ["BATCH +h chathistory #c", f"@batch=h :ann!a@h PRIVMSG #c :{SECRET}", "BATCH -h"]
NESTED = ["BATCH +l labeled-response", *(line.replace("BATCH", "@batch=l BATCH", 1) for line in MULTILINE), "BATCH -l"]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    journal = Journal(tmp_path / "net")
    session = Session(NETWORK, Recorder(journal), StsStore(tmp_path / "sts"), lambda *_: None, Timing())
    for line in WELCOME:
        session.handlers.handle_line(line)
    yield session
    journal.close()


@pytest.mark.parametrize(
    ("lines", "command"),
    [
        ([f":ann!a@h PRIVMSG #c :{SECRET}"], "PRIVMSG"),
        ([f":ann!a@h PRIVMSG botbot :{SECRET}"], "PRIVMSG"),
        ([f":ann!a@h PRIVMSG botbot {SECRET}"], "PRIVMSG"),
        ([f":irc.example.org PRIVMSG botbot :{SECRET}"], "PRIVMSG"),
        ([f"PRIVMSG botbot :{SECRET}"], "PRIVMSG"),
        ([f":ann!a@h NOTICE botbot :{SECRET}"], "NOTICE"),
        ([f":irc.example.org NOTICE botbot :{SECRET}"], "NOTICE"),
        ([f"privmsg botbot :{SECRET}"], "PRIVMSG"),
        ([f"@+draft/react={SECRET} :ann!a@h TAGMSG botbot"], "TAGMSG"),
        ([f"@+draft/react={SECRET} :ann!a@h JOIN #c"], "JOIN"),
        ([f":ann!a@h PART #c :{SECRET}"], "PART"),
        ([f":ann!a@h QUIT :{SECRET}"], "QUIT"),
        ([f":ann!a@h KICK #c bob :{SECRET}"], "KICK"),
        ([f":ann!a@h TOPIC #c :{SECRET}"], "TOPIC"),
        ([f":ann!a@h AWAY :{SECRET}"], "AWAY"),
        ([f":irc.example.org 301 botbot ann :{SECRET}"], "301"),
        ([f":ann!a@h MODE #c +k {SECRET}"], "MODE"),
        ([f":irc.example.org 324 botbot #c +k {SECRET}"], "324"),
        (MULTILINE, "BATCH"),
        (REPLAY, "PRIVMSG"),
        (NESTED, "BATCH"),
    ],
)
def test_no_message_is_in_the_log_after_a_failure(
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    lines: list[str],
    command: str,
) -> None:
    handle = Handlers._handle

    def fail(self: Handlers, message: Message) -> None:
        handle(self, message)
        raise ValueError(f"no room for {message}")

    with caplog.at_level(logging.DEBUG), monkeypatch.context() as patch:
        patch.setattr(Handlers, "_handle", fail)
        for line in lines:
            session.handlers.handle_line(line.encode())
    assert session.handlers.failure_count == len(lines)
    assert SECRET not in caplog.text
    assert f"failed on '{command}" in caplog.text
    assert "ValueError" in caplog.text
    assert "test_error_log.py" in caplog.text, "the log says where"


def test_what_cannot_be_parsed_is_not_in_the_log(session: Session, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        session.handlers.handle_line(f":ann!a@h 12345 botbot :{SECRET}".encode())
    assert session.handlers.unparsed_count == 1
    assert "not an IRC message" in caplog.text
    assert SECRET not in caplog.text


def test_a_failure_on_a_line_that_nobody_said_shows_it_and_the_next_line_is_recorded(
    session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(session.recorder, "record", lambda *_: 1 / 0)
        session.handlers.handle_line(b":eve!e@h JOIN #c")
    assert "failed on 'JOIN #c': ZeroDivisionError" in caplog.text
    session.handlers.handle_line(b":eve!e@h PRIVMSG #c :good")
    records, _ = session.recorder.journal.read(session.recorder.journal.first_position(), 1_000_000)
    assert [(record.nick, record.text) for record in records if isinstance(record, Entry)] == [("eve", "good")]
