"""The journal: what was appended is read, once and whole, whatever happened to the process or the disk."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logs.ingest import journal as module
from logs.ingest.entry import Entry, GapClosed, GapOpened, Record, TopicKnown, decode, encode
from logs.ingest.journal import Journal, JournalBusyError, Position
from tests import examples
from tests.processes import ROOT

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def entry(text: str, **more: object) -> Entry:
    return Entry(1, AT, 1, "ada", text, **more)  # type: ignore[arg-type]


def read_all(journal: Journal, position: Position | None = None) -> list[Record]:
    return journal.read(position or journal.first_position(), 100_000)[0]


@contextmanager
def opened(folder: Path) -> Iterator[Journal]:
    journal = Journal(folder)
    try:
        yield journal
    finally:
        journal.close()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with opened(tmp_path / "journal") as journal:
        yield journal


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """A disk that limits the size of a file."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))


texts = st.text(max_size=50)
records = st.one_of(
    st.builds(entry, texts, account=st.none() | texts, msgid=st.none() | texts, target=st.none() | texts, held=texts),
    st.builds(GapOpened, st.integers(), st.just(AT), texts),
    st.builds(GapClosed, st.integers(), st.just(AT)),
    st.builds(TopicKnown, st.integers(), texts),
)


@given(records)
def test_a_record_is_one_line_of_ascii_and_comes_back(record: Record) -> None:
    line = encode(record)
    assert line.isascii()
    assert b"\n" not in line
    assert decode(line) == record


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"null", b'{"is":"line"}', b'{"is":"?"}', b"{" * 100_000, b"\xff"])
def test_what_is_no_record_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        decode(line)


def test_records_come_back_in_order_and_in_portions(journal: Journal) -> None:
    said = [entry(str(number)) for number in range(10)]
    for record in said:
        journal.append(record)
    position, found = journal.first_position(), []
    while True:
        records, position = journal.read(position, 3)
        if not records:
            break
        assert len(records) <= 3
        found += records
    assert found == said
    assert journal.depth(position) == 0


def test_a_reopened_journal_goes_on_behind_what_it_holds(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        journal.append(entry("a"))
        identity = journal.id
    with opened(tmp_path) as journal:
        assert journal.id == identity
        journal.append(entry("b"))
        assert read_all(journal) == [entry("a"), entry("b")]


@pytest.mark.parametrize("deleted", ["*", "*.log"])
def test_an_emptied_folder_is_another_journal(tmp_path: Path, deleted: str) -> None:
    with opened(tmp_path) as journal:
        identity = journal.id
    for path in tmp_path.glob(deleted):
        path.unlink()
    with opened(tmp_path) as journal:
        assert journal.id != identity


def test_a_second_process_is_kept_out(journal: Journal) -> None:
    code = (
        "import sys; from pathlib import Path; from logs.ingest.journal import Journal\n"
        f"Journal(Path({str(journal.folder)!r}))"
    )
    other = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "JournalBusyError: Another bot is writing the journal" in other.stderr
    with pytest.raises(JournalBusyError):
        Journal(journal.folder)


def test_cut_at_any_byte_it_holds_the_whole_records_before(tmp_path: Path) -> None:
    with opened(tmp_path / "whole") as journal:
        said = [entry("a"), entry("ü\n" * 3), entry("", msgid="x")]
        for record in said:
            journal.append(record)
        (segment,) = journal.segments()
        content = (journal.folder / f"{segment:010d}.log").read_bytes()
        identity = journal.id
    ends = [number for number, byte in enumerate(content) if byte == ord("\n")]
    for cut in range(len(content) + 1):
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / "id").write_text(identity)
        (folder / f"{segment:010d}.log").write_bytes(content[:cut])
        with opened(folder) as journal:
            journal.append(entry("later"))
            complete_count = sum(end <= cut for end in ends)  # the newline itself may be missing
            assert read_all(journal) == [*said[:complete_count], entry("later")]
            torn = cut not in {0, *ends, *(end + 1 for end in ends)}
            assert journal.damaged == torn
            assert (folder / "damaged").exists() == torn
            read_all(journal)
            assert journal.damaged == torn, "the same record is counted once"


@settings(max_examples=examples.count(20, nightly=60))
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_flipped_bit_costs_the_records_it_touches_and_no_other(tmp_path: Path, place: int, bit: int) -> None:
    folder = tmp_path / f"{place}-{bit}"
    shutil.rmtree(folder, ignore_errors=True)
    said = [entry(f"line {number}") for number in range(20)]
    with opened(folder) as journal:
        for record in said:
            journal.append(record)
        path = folder / f"{journal.segments()[0]:010d}.log"
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << bit
    path.write_bytes(content)
    with opened(folder) as journal:
        found = read_all(journal)
    assert [record for record in said if record in found] == found
    assert len(said) - 2 <= len(found) < len(said)


def test_segments_follow_each_other_and_go_when_they_are_stored(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 300)
    said = [entry(str(number)) for number in range(20)]
    for record in said:
        journal.append(record)
    assert len(journal.segments()) > 3
    journal.sync()
    records, position = journal.read(journal.first_position(), 10)
    journal.forget(position)
    assert journal.segments()[0] == position.segment
    assert records + read_all(journal, position) == said
    assert journal.depth(position) > 0
    records, position = journal.read(position, 100)
    journal.forget(position)
    assert journal.segments() == [position.segment]


def test_a_position_never_points_into_other_records(tmp_path: Path) -> None:
    """Not even when a loss of power took the newest segment, which the database knows."""
    with opened(tmp_path) as journal:
        for number in range(5):
            journal.append(entry(str(number)))
        journal.begin_segment()
        journal.append(entry("stored"))
        _, position = journal.read(journal.first_position(), 100)
        path = tmp_path / f"{position.segment:010d}.log"
    path.unlink()
    with opened(tmp_path) as journal:
        journal.append(entry("after"))
        assert read_all(journal, position) == [entry("after")]


@pytest.fixture
def frequent_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is tried again with each record."""
    monkeypatch.setattr(module, "DISK_RETRY_SECONDS", 0.0)


def test_what_a_full_disk_refuses_is_held_in_memory_in_order(journal: Journal, frequent_retries: None) -> None:
    appended = []

    def append(text: str) -> None:
        appended.append(entry(text))
        journal.append(appended[-1])

    for free_bytes in range(0, 60, 7):
        append("before")
        size = (journal.folder / f"{journal._segment:010d}.log").stat().st_size
        with disk_of(size + free_bytes):
            append("first" * 20)
            assert "File too large" in journal.disk_problem
            append("second" * 20)
        append("after")
        assert journal.disk_problem == ""
    assert read_all(journal) == appended
    assert journal.damaged == 0
    assert journal.memory_records >= 9
    # In portions, as the writer reads them, each forgotten when it is stored.
    position, found = journal.first_position(), []
    while journal.depth(position):
        records, position = journal.read(position, 2)
        found += records
        journal.forget(position)
    assert found == appended
    assert len(journal.segments()) == 1


def test_the_memory_is_bounded_by_what_is_not_stored(
    journal: Journal, frequent_retries: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MEMORY_BYTES", 1000)
    position = journal.first_position()
    with disk_of(0):
        for number in range(50):  # the database has each of them at once
            journal.append(entry(f"stored {number}"))
            records, position = journal.read(position, 10)
            assert records == [entry(f"stored {number}")]
            journal.forget(position)
        while sum(map(len, journal._memory.values())) < 800:
            journal.append(entry("much"))
        with pytest.raises(OSError, match="of memory are full"):
            journal.append(entry("too much" * 30))
    journal.append(entry("after"))
    assert read_all(journal, position)[-1] == entry("after")


def test_a_position_in_lost_memory_hides_nothing_that_follows(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(entry("a"))
    with disk_of(0):
        journal.append(entry("lost"))
        _, position = journal.read(journal.first_position(), 10)
        alive = tmp_path / "alive"
        journal.note_alive()
        assert not alive.exists(), "the gap after a kill begins before what was lost"
    journal.close()  # and with it the memory
    with opened(tmp_path) as reopened:
        reopened.append(entry("b"))
        assert read_all(reopened, position) == [entry("b")]
        reopened.note_alive()
        assert alive.exists()


def test_a_disk_that_cannot_sync_is_reported(journal: Journal) -> None:
    journal.append(entry("a"))
    path = journal.folder / f"{journal.segments()[0]:010d}.log"
    kept, pipe = os.dup(journal._fd), os.pipe()
    os.dup2(pipe[1], journal._fd)
    with pytest.raises(OSError, match="Invalid argument"):
        journal.sync()
    os.dup2(kept, journal._fd)
    for fd in (kept, *pipe):
        os.close(fd)
    journal.append(entry("b"))
    journal.sync()
    assert path.read_bytes().count(b"\n") == 2


def test_syncing_settles_what_was_asked_for(journal: Journal) -> None:
    for number in range(module.SYNC_RECORDS):
        assert not journal.urgent.is_set()
        journal.append(entry(str(number)))
    assert journal.urgent.is_set()
    assert journal.unsynced.is_set()
    journal.sync()
    assert not journal.urgent.is_set()
    assert not journal.unsynced.is_set()


def test_a_closed_journal_takes_nothing_more(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        journal.append(entry("a"))


def test_it_remembers_when_it_was_last_written(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        assert journal.heard_until is None
    with opened(tmp_path) as journal:
        assert journal.heard_until is None, "a start is no sign of a listening bot"
        journal.append(entry("a"))
    with opened(tmp_path) as journal:
        assert journal.heard_until is not None
        before = journal.heard_until
        journal.note_alive()
    with opened(tmp_path) as journal:
        assert journal.heard_until is not None
        assert journal.heard_until >= before


def test_what_the_database_refuses_is_kept_for_people(journal: Journal) -> None:
    journal.save_refused(entry("a"), "why")
    journal.save_refused(entry("b"), "why")
    kept = (journal.folder / "refused").read_bytes().splitlines()
    assert [decode(line) for line in kept] == [entry("a"), entry("b")]


def test_only_the_owner_may_read_what_was_said(tmp_path: Path) -> None:
    """Whatever the umask: segments, and the records that were put aside."""
    before = os.umask(0)
    try:
        with opened(tmp_path / "journal") as journal:
            journal.append(entry("a"))
            journal.save_refused(entry("b"), "why")
            (segment,) = journal.segments()
            modes = [(journal.folder / name).stat().st_mode & 0o777 for name in (f"{segment:010d}.log", "refused")]
            assert modes == [0o600, 0o600]
            assert journal.folder.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)


def test_nothing_follows_where_reading_ends(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 150)
    for number in range(5):
        end = journal.read(journal.first_position(), 100)[1]
        assert journal.is_at_end(end)
        journal.append(entry(f"line {number}"))
        assert not journal.is_at_end(end)
    assert len(journal.segments()) > 1
    assert journal.is_at_end(journal.read(journal.first_position(), 100)[1])
