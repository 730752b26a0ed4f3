"""Where the history of a channel is resumed survives a crash, and the lines before a gap are known again."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import OperationalError

from bot import history_cursor
from bot.history_cursor import CursorStore, HistoryCursor, read_recent_lines
from logs.ingest.entry import Entry, GapOpened
from logs.ingest.journal import Journal
from logs.models import Channel, JournalPosition, Kind, Line
from tests.conftest import Say

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CURSOR = HistoryCursor("m1", NOW, NOW + SECOND)
LATER = HistoryCursor(None, NOW + 9 * SECOND, NOW + 8 * SECOND)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "holes.json"


def open_store(path: Path) -> CursorStore:
    """A store whose writes must succeed."""

    def fail(error: OSError) -> None:
        raise error

    return CursorStore(path, fail)


def reopened(store: CursorStore, path: Path) -> CursorStore:
    """The store as the next process reads it."""
    store.flush()
    return open_store(path)


def test_cursors_survive_a_crash(path: Path) -> None:
    store = open_store(path)
    assert (store.get(1), store.channels()) == (None, set())
    store.add(1, CURSOR)
    store.add(2, LATER)
    again = reopened(store, path)
    assert (again.get(1), again.get(2), again.get(3), again.channels()) == (CURSOR, LATER, None, {1, 2})


def test_the_first_of_two_gaps_counts(path: Path) -> None:
    """Its gap is not filled yet, and the second one lies behind it."""
    store = open_store(path)
    store.add(1, CURSOR)
    store.add(1, LATER)
    assert store.get(1) == reopened(store, path).get(1) == CURSOR


def test_a_gap_that_was_filled_is_resumed_no_more(path: Path) -> None:
    store = open_store(path)
    store.add(1, CURSOR)
    store.add(2, CURSOR)
    store.remove(1)
    store.remove(1)
    assert store.channels() == reopened(store, path).channels() == {2}
    store.add(1, LATER)
    assert reopened(store, path).get(1) == LATER


def test_removing_what_is_not_there_writes_nothing(path: Path) -> None:
    store = open_store(path)
    store.remove(1)
    store.flush()
    assert not path.exists()


def test_a_disk_that_refuses_is_reported(tmp_path: Path) -> None:
    errors: list[OSError] = []
    store = CursorStore(tmp_path / "missing" / "holes.json", errors.append)
    store.add(1, CURSOR)
    store.flush()
    assert [type(error) for error in errors] == [FileNotFoundError]
    assert store.get(1) == CURSOR, "it is remembered as long as the process lives"


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "7", "null", '{"1": 7}', '{"1": ["m"]}', '{"1": [null, 5, 5]}', '{"1": ["m", "x", "y"]}'),
        '{"a": ["m", "2026-03-01", "2026-03-01"]}',
    ],
)
def test_a_damaged_file_is_reported_and_the_bot_goes_on(
    path: Path, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    path.write_text(content)
    with caplog.at_level(logging.WARNING):
        store = open_store(path)
    assert store.channels() == set()
    assert f"{path} is damaged" in caplog.text
    store.add(1, CURSOR)
    assert reopened(store, path).get(1) == CURSOR


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal")
    yield journal
    journal.close()


@pytest.fixture(autouse=True)
def _connection_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot gives its connection back, which would end a test's transaction."""
    monkeypatch.setattr(history_cursor.connection, "close", lambda: None)


def texts(lines: Iterable[Entry]) -> list[str]:
    return [line.text for line in lines]


def test_the_newest_lines_come_from_the_database_and_then_from_the_journal(
    channel: Channel, say: Say, journal: Journal
) -> None:
    pond = Channel.objects.create(network=channel.network, name="#pond")
    say(channel, "ann", "second", at=NOW + SECOND)
    say(channel, "ann", "filled in later, said first", at=NOW)
    say(pond, "ann", "in the pond")
    journal.append(Entry(channel.pk, NOW + 2 * SECOND, Kind.MESSAGE, "ann", "third"))
    journal.append(GapOpened(channel.pk, NOW, "connection"))
    journal.append(Entry(pond.pk, NOW + 2 * SECOND, Kind.MESSAGE, "ann", "in the journal"))
    recent = read_recent_lines(journal, {channel.pk: None})
    assert set(recent) == {channel.pk}
    assert texts(recent[channel.pk]) == ["filled in later, said first", "second", "third"]


def test_a_stored_line_is_as_it_was_received(channel: Channel, say: Say, journal: Journal) -> None:
    line = Entry(channel.pk, NOW, Kind.KICK, "ann", "out", "annie", "m1", "bob")
    fields = {name: getattr(line, name) for name in ("kind", "account", "msgid", "target")}
    say(channel, line.nick, line.text, at=NOW, **fields)
    assert read_recent_lines(journal, {channel.pk: None})[channel.pk] == [line]


def test_the_newest_lines_are_read_and_all_since_a_gap(
    channel: Channel, say: Say, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_cursor, "RECENT_LINES", 3)
    monkeypatch.setattr(history_cursor, "READ_BATCH_RECORDS", 2)
    for number in range(6):
        say(channel, "ann", f"stored {number}", at=NOW + number * 2 * SECOND)

    def read(since: datetime | None) -> list[str]:
        return texts(read_recent_lines(journal, {channel.pk: since})[channel.pk])

    stored = [f"stored {number}" for number in range(6)]
    assert read(None) == stored[3:]
    assert read(NOW + 2 * SECOND) == stored[1:]
    for number in range(5):
        journal.append(Entry(channel.pk, NOW, Kind.MESSAGE, "ann", f"new {number}"))
    monkeypatch.setattr(history_cursor, "MAX_KNOWN_LINES", 6)
    assert read(None) == [*stored[4:], *(f"new {number}" for number in range(5))]


def test_a_line_that_is_stored_and_still_in_the_journal_counts_once(
    channel: Channel, say: Say, journal: Journal
) -> None:
    journal.append(Entry(channel.pk, NOW, Kind.MESSAGE, "ann", "stored"))
    say(channel, "ann", "stored", at=NOW)
    _, end = journal.read(journal.first_position(), 10)
    place = {"segment": end.segment, "offset": end.offset}
    JournalPosition.objects.create(journal=journal.id, updated_at=NOW, **place)
    journal.append(Entry(channel.pk, NOW, Kind.MESSAGE, "ann", "waiting"))
    assert texts(read_recent_lines(journal, {channel.pk: None})[channel.pk]) == ["stored", "waiting"]


def test_without_the_database_the_journals_lines_are_known(
    channel: Channel, journal: Journal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> None:
        raise OperationalError("could not connect\nto server")

    monkeypatch.setattr(Line.objects, "filter", fail)
    journal.append(Entry(channel.pk, NOW, Kind.MESSAGE, "ann", "hi"))
    with caplog.at_level(logging.WARNING):
        recent = read_recent_lines(journal, {channel.pk: None})
    assert texts(recent[channel.pk]) == ["hi"]
    assert "the database is away, history is resumed by time: could not connect to server" in caplog.text
