"""Multi-line messages are recorded in order, whatever their length, and need little memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.connection import Timing
from bot.irc import batches
from bot.recorder import Recorder
from bot.session import Session
from bot.state_file import StsStore
from logs.ingest.entry import Entry
from logs.ingest.journal import Journal
from tests.bot.test_fuzz import NETWORK, WELCOME

ANN = ":ann!a@h "


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "net")
    yield journal
    journal.close()


@pytest.fixture
def session(journal: Journal, tmp_path: Path) -> Session:
    session = Session(NETWORK, Recorder(journal), StsStore(tmp_path / "sts"), lambda *_: None, Timing())
    for line in WELCOME:
        session.handlers.handle_line(line)
    return session


def recorded(journal: Journal) -> list[tuple[str, str | None]]:
    records, _ = journal.read(journal.first_position(), 1_000_000)
    return [(record.text, record.msgid) for record in records if isinstance(record, Entry)]


def send(session: Session, *lines: str) -> None:
    for line in lines:
        session.handlers.handle_line(line.encode())


@pytest.mark.parametrize("count", [1, 499, 500, 501, 600, 1700])
def test_a_long_batch_keeps_its_order(session: Session, journal: Journal, count: int) -> None:
    send(session, f"@msgid=m {ANN}BATCH +1 draft/multiline #c")
    for number in range(count):
        send(session, f"@batch=1 {ANN}PRIVMSG #c :{number}")
    send(session, f"{ANN}BATCH -1", f"{ANN}PRIVMSG #c :after")
    expected = [(str(number), f"m/{number}" if number else "m") for number in range(count)]
    assert recorded(journal) == [*expected, ("after", None)]


def test_a_long_batch_needs_little_memory(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    add_part = batches.add_part

    def count_parts(batch: batches.Batch, message: object) -> bool:
        is_part = add_part(batch, message)  # type: ignore[arg-type]
        kept.append(len(batch.parts))
        return is_part

    monkeypatch.setattr("bot.handlers.add_part", count_parts)
    send(session, f"{ANN}BATCH +1 draft/multiline #c")
    send(session, *[f"@batch=1;draft/multiline-concat {ANN}PRIVMSG #c :more"] * 10_000)
    assert max(kept) == batches.MAX_PARTS


def test_parts_of_a_history_belong_to_the_history(session: Session, journal: Journal) -> None:
    send(
        session,
        "BATCH +h chathistory #c",
        f"@batch=h {ANN}BATCH +1 draft/multiline #c",
        *[f"@batch=1 {ANN}PRIVMSG #c :{number}" for number in range(600)],
        f"{ANN}BATCH -1",
        "BATCH -h",
    )
    assert recorded(journal) == [], "no gap is being filled"


@pytest.mark.parametrize("count", [3, 700])
def test_a_message_that_begins_off_the_record_is_off_the_record_to_its_end(
    session: Session, journal: Journal, tmp_path: Path, count: int
) -> None:
    channels = tuple(replace(channel, off_record=("[off]",)) for channel in NETWORK.channels)
    session.recorder.privacy_filter.update(replace(NETWORK, channels=channels))
    send(
        session,
        f"@msgid=m {ANN}BATCH +1 draft/multiline #c",
        f"@batch=1 {ANN}PRIVMSG #c : ",
        f"@batch=1 {ANN}PRIVMSG #c :[o",
        f"@batch=1;draft/multiline-concat {ANN}PRIVMSG #c :ff] secret",
        *[f"@batch=1 {ANN}PRIVMSG #c :secret {number}" for number in range(count)],
        f"{ANN}BATCH -1",
        f"{ANN}PRIVMSG #c :after",
    )
    assert [text for text, _ in recorded(journal)] == [" ", "after"]


@pytest.mark.parametrize("part_target", ["#c", "@#c"])
def test_parts_are_said_to_those_to_whom_the_batch_is(session: Session, journal: Journal, part_target: str) -> None:
    session.recorder.privacy_filter.update(NETWORK)
    send(session, f"{ANN}BATCH +1 draft/multiline @#c", f"@batch=1 {ANN}PRIVMSG {part_target} :secret", "BATCH -1")
    assert recorded(journal) == []


@pytest.mark.parametrize(
    "displacing",
    [[f"{ANN}BATCH +1 draft/multiline #c"], [f"BATCH +other{number} netsplit a b" for number in range(120)]],
)
def test_a_batch_that_is_forgotten_is_recorded_first(session: Session, journal: Journal, displacing: list[str]) -> None:
    part = f"@batch=1 {ANN}PRIVMSG #c :"
    send(session, f"{ANN}BATCH +1 draft/multiline #c", f"{part}one", *displacing, f"{part}two", "BATCH -1")
    assert recorded(journal) == [("one", None), ("two", None)]


def test_what_came_of_a_batch_is_recorded_when_the_connection_ends(session: Session, journal: Journal) -> None:
    send(
        session,
        f"@msgid=m {ANN}BATCH +1 draft/multiline #c",
        f"@batch=1 {ANN}PRIVMSG #c :one",
        f"@batch=1 {ANN}BATCH +2 draft/multiline #c",
        f"@batch=2 {ANN}PRIVMSG #c :tw",
        f"@batch=2;draft/multiline-concat {ANN}PRIVMSG #c :o",
    )
    session.handlers.handle_disconnect()
    assert recorded(journal) == [("one", "m"), ("two", None)]


def test_a_batch_within_a_batch_is_recorded_in_its_place(session: Session, journal: Journal) -> None:
    outer, inner = f"@batch=1 {ANN}", f"@batch=2 {ANN}"
    send(session, f"{ANN}BATCH +1 draft/multiline #c", f"{outer}PRIVMSG #c :one", f"{outer}BATCH +2 draft/multiline #c")
    send(session, f"{inner}PRIVMSG #c :two", "BATCH -2", f"{outer}PRIVMSG #c :three", "BATCH -1")
    assert [text for text, _ in recorded(journal)] == ["one", "two", "three"]


def test_parts_may_have_the_tags_of_the_batch(session: Session, journal: Journal) -> None:
    time = "2026-01-02T03:04:05.678Z"
    tags = f"batch=1;account=ann;msgid=p;time={time}"
    send(session, f"{ANN}BATCH +1 draft/multiline #c", f"@{tags} {ANN}PRIVMSG #c :one", "BATCH -1")
    records, _ = journal.read(journal.first_position(), 1_000_000)
    assert [(record.account, record.msgid) for record in records if isinstance(record, Entry)] == [("ann", "p")]


def test_batches_of_two_references_do_not_mix(session: Session, journal: Journal) -> None:
    send(session, *(f"{ANN}BATCH +{batch} draft/multiline #c" for batch in "ab"))
    send(session, *(f"@batch={batch} {ANN}PRIVMSG #c :{batch}{number}" for number in range(3) for batch in "ab"))
    send(session, f"{ANN}BATCH -b", f"{ANN}BATCH -a", f"{ANN}BATCH -a")
    assert [text for text, _ in recorded(journal)] == ["b0", "b1", "b2", "a0", "a1", "a2"]


def test_a_part_without_a_source_is_by_whom_the_batch_is(session: Session, journal: Journal) -> None:
    send(
        session, f"{ANN}BATCH +m draft/multiline #c", "@batch=m PRIVMSG #c :one", ":bob!b@h BATCH +n draft/multiline #C"
    )
    send(session, "@batch=n PRIVMSG #c :two", "BATCH -n", "@batch=m PRIVMSG #c :three", "BATCH -m")
    records, _ = journal.read(journal.first_position(), 1_000_000)
    found = [(record.nick, record.text) for record in records if isinstance(record, Entry)]
    assert found == [("bob", "two"), ("ann", "one"), ("ann", "three")]
