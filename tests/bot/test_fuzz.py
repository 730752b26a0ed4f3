"""No input makes a session fail, and the next valid line is journaled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.connection import ConnectionLostError, Timing
from bot.desired_state import WantedChannel, WantedNetwork
from bot.recorder import Recorder
from bot.session import Session
from bot.state_file import StsStore
from logs.ingest.entry import Entry
from logs.ingest.journal import Journal
from tests import examples

NETWORK = WantedNetwork(
    1, "net", "irc.example.org", 6667, False, "botbot", "b", "r", "", channels=(WantedChannel(1, "#c"),)
)
WELCOME = [
    b":s CAP * LS :batch server-time",
    b":s 001 botbot :hi",
    b":botbot!b@h JOIN #c",
    b":s 353 botbot = #c :botbot ann",
]
COMMANDS = [
    "PING",
    "ERROR",
    "CAP",
    "AUTHENTICATE",
    "BATCH",
    "FAIL",
    "JOIN",
    "PART",
    "QUIT",
    "KICK",
    "NICK",
    "MODE",
    "TOPIC",
    "PRIVMSG",
    "NOTICE",
    "INVITE",
    "ACCOUNT",
    "REDACT",
    "TAGMSG",
    "001",
    "005",
    "303",
    "331",
    "332",
    "353",
    "376",
    "432",
    "433",
    "437",
    "464",
    "470",
    "471",
    "473",
    "731",
    "903",
    "904",
    "908",
]
WORD = st.sampled_from(
    ["#c", "#d", "@#c", "botbot", "ann", "*", "+", "-", "+1", "-1", "LS", "ACK", "chathistory", "draft/multiline", ""]
) | st.text(st.characters(exclude_characters="\r\n\0 ", exclude_categories=["Cs"]), max_size=8)
TAGS = st.sampled_from(
    [
        "",
        "@time=x ",
        "@batch=1 ",
        "@batch ",
        "@batch=1;draft/multiline-concat ",
        "@msgid=1;account=a ",
        "@time=2026-01-01T00:00:00Z;batch=1 ",
    ]
)
SOURCE = st.sampled_from(["", ":ann!a@h ", ":botbot!b@h ", ":s ", ": ", ":!@ "])


@st.composite
def likely(draw: st.DrawFn) -> bytes:
    """Draw a line with the shape of a message."""
    words = " ".join(draw(st.lists(WORD, max_size=4)))
    last = draw(st.sampled_from(["", " :"])) + draw(st.text(max_size=10))
    return f"{draw(TAGS)}{draw(SOURCE)}{draw(st.sampled_from(COMMANDS))} {words}{last}".encode("utf-8", "replace")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "net")
    yield journal
    journal.close()


@settings(max_examples=examples.count(100, nightly=400))
@given(st.lists(st.binary(max_size=60) | likely(), max_size=12))
def test_nothing_breaks_a_session(journal: Journal, tmp_path: Path, lines: list[bytes]) -> None:
    session = Session(NETWORK, Recorder(journal), StsStore(tmp_path / "sts"), lambda *_: None, Timing())
    for line in (*WELCOME, *lines):
        try:
            session.handlers.handle_line(line)
        except ConnectionLostError:
            return  # the server said ERROR, or asked for what ends a connection
    assert session.handlers.failure_count == 0
    session.handlers.handle_line(b":botbot!b@h JOIN #c")
    before = len(entries(journal))
    session.handlers.handle_line(b":eve!e@h PRIVMSG #c :good")
    assert entries(journal)[before:] == [("eve", "good")] or not session.nickname.is_own_nick("botbot")


def entries(journal: Journal) -> list[tuple[str, str]]:
    records, _ = journal.read(journal.first_position(), 1_000_000)
    return [(record.nick, record.text) for record in records if isinstance(record, Entry)]
