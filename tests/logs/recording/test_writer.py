"""From the journal into the table exactly once, whatever breaks in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from logs.ingest import journal as segments
from logs.ingest.entry import Entry, GapClosed, GapOpened, Record, TopicKnown, decode
from logs.ingest.journal import Journal, Position
from logs.models import Channel, Gap, JournalPosition, Kind, Line
from logs.models.line import Reason
from logs.recording import writer as module
from logs.recording.apply import JournalStep, PositionChangedError, advance_position, commit_batch, stored_position
from logs.recording.writer import Writer
from tests import examples
from tests.processes import database_url

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WaitFor = Callable[..., object]


@contextmanager
def opened(folder: Path) -> Iterator[Journal]:
    journal = Journal(folder)
    try:
        yield journal
    finally:
        journal.close()


@pytest.fixture(autouse=True)
def committed(transactional_db: None) -> None:
    """A writer gives its connection back, which ends a test's transaction."""


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with opened(tmp_path / "journal") as journal:
        yield journal


@pytest.fixture
def entry(channel: Channel) -> Callable[..., Entry]:
    return lambda text, **more: Entry(channel.pk, AT, Kind.MESSAGE, "ada", str(text), **more)


def stored() -> list[str]:
    return list(Line.objects.order_by("id").values_list("text", flat=True))


def stored_to(journal: Journal) -> Position:
    row = JournalPosition.objects.get(journal=journal.id)
    return Position(row.segment, row.offset)


def fail_on_refusal(record: Record, why: str) -> None:
    raise AssertionError(f"{record} was refused: {why}")


def kill_connections() -> None:
    """Ends all connections to the test database, this process's own as well."""
    with closing(psycopg2.connect(database_url())) as other, other.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_what_was_journaled_is_stored_in_order(journal: Journal, entry: Callable[..., Entry]) -> None:
    for number in range(5):
        journal.append(entry(number))
    writer = Writer(journal)
    writer.flush()
    assert stored() == ["0", "1", "2", "3", "4"]
    assert writer.stored == 5
    assert writer.depth == 0
    assert stored_to(journal) == writer.position
    writer.flush()
    assert writer.stored == 5


def test_many_batches_and_segments(
    journal: Journal, entry: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_RECORDS", 7)
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 500)
    for number in range(50):
        journal.append(entry(number))
    Writer(journal).flush()
    assert stored() == [str(number) for number in range(50)]
    assert len(journal.segments()) == 1


def test_what_is_said_just_after_a_pause_is_kept(
    journal: Journal, channel: Channel, entry: Callable[..., Entry]
) -> None:
    """In one batch with the pause's end, and by a server whose clock is behind ours."""
    pause = [GapOpened(channel.pk, AT - timedelta(minutes=1), Reason.PAUSED)]
    for batch in (pause, [GapClosed(channel.pk, AT + timedelta(seconds=2)), entry("at last")]):
        for record in batch:
            journal.append(record)
        Writer(journal).flush()
    assert stored() == ["at last"]


def test_a_pause_holds_for_the_history_behind_it_in_the_same_batch(
    journal: Journal, channel: Channel, entry: Callable[..., Entry]
) -> None:
    journal.append(entry("before"))
    journal.append(GapOpened(channel.pk, AT - timedelta(minutes=1), Reason.PAUSED))
    journal.append(GapClosed(channel.pk, AT + timedelta(minutes=1)))
    journal.append(entry("meanwhile", replayed=True))
    journal.append(entry("after"))
    Writer(journal).flush()
    assert stored() == ["before", "after"]


def test_gaps_and_topics_are_stored_in_order_with_lines(
    journal: Journal, entry: Callable[..., Entry], channel: Channel
) -> None:
    for record in (entry("a"), GapOpened(channel.pk, AT, "connection"), TopicKnown(channel.pk, "about\0 bees")):
        journal.append(record)
    Writer(journal).flush()
    channel.refresh_from_db()
    assert channel.topic == "about bees"
    assert Gap.objects.get().from_at == AT


def test_rows_and_position_are_one_transaction(journal: Journal, entry: Callable[..., Entry]) -> None:
    """A batch whose last record cannot be stored for a reason that passes leaves neither."""
    journal.append(entry("a"))
    start = stored_position(journal.id, journal.first_position())
    records, end = journal.read(start, 10)
    with pytest.raises(ZeroDivisionError):
        commit_batch(JournalStep(journal.id, start, end), [*records, faulty()], fail_on_refusal)
    assert stored() == []
    assert stored_to(journal) == start
    assert commit_batch(JournalStep(journal.id, start, end), records, fail_on_refusal) == 1
    assert stored() == ["a"]
    assert stored_to(journal) == end


def faulty() -> Record:
    class Faulty(TopicKnown):
        @property
        def text(self) -> str:  # type: ignore[override]
            raise ZeroDivisionError

        def __init__(self) -> None:
            object.__setattr__(self, "channel", 1)

    return Faulty()


def test_a_step_from_a_place_that_is_not_reached_or_passed_stores_nothing(
    journal: Journal, entry: Callable[..., Entry]
) -> None:
    for number in range(3):
        journal.append(entry(number))
    start = stored_position(journal.id, journal.first_position())
    records, end = journal.read(start, 2)
    assert commit_batch(JournalStep(journal.id, start, end), records, fail_on_refusal) == 2
    for position in (start, Position(end.segment, end.offset + 1)):
        with pytest.raises(PositionChangedError):
            commit_batch(JournalStep(journal.id, position, end), records, fail_on_refusal)
    assert stored() == ["0", "1"]


def test_a_position_is_on_the_servers_disk_when_the_journal_forgets_what_lies_before(
    journal: Journal, entry: Callable[..., Entry]
) -> None:
    """A server that may lose its last commits in a crash must not lose these: the journal deletes its copy."""

    def synchronous_commit() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            return str(cursor.fetchone()[0])

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    journal.append(entry("a"))
    start = stored_position(journal.id, journal.first_position())
    _, end = journal.read(start, 1)
    with transaction.atomic():
        advance_position(JournalStep(journal.id, start, end))
        assert synchronous_commit() == "on"
    assert synchronous_commit() == "off", "for other transactions the server's own setting holds"
    connection.close()


def test_two_writers_of_one_journal_store_each_line_once(journal: Journal, entry: Callable[..., Entry]) -> None:
    writers = [Writer(journal), Writer(journal)]
    for number in range(20):
        journal.append(entry(number))
        writers[number % 2].flush()
    assert stored() == [str(number) for number in range(20)]


def test_what_the_database_never_takes_is_put_aside_and_the_rest_is_stored(
    journal: Journal, entry: Callable[..., Entry], channel: Channel
) -> None:
    bad = Entry(channel.pk, AT, 99_999, "ada", "kind out of range")
    orphan = Entry(999_999, AT, Kind.MESSAGE, "ada", "no such channel")
    for record in (entry("a"), bad, entry("b\0b"), orphan, entry("c")):
        journal.append(record)
    writer = Writer(journal)
    writer.flush()
    assert stored() == ["a", "bb", "c"]
    assert writer.refused == 2
    refused = [decode(line) for line in (journal.folder / "refused").read_bytes().splitlines()]
    assert refused == [bad, orphan]
    writer.flush()
    assert writer.refused == 2


def test_a_replayed_message_is_known(journal: Journal, entry: Callable[..., Entry]) -> None:
    for _ in range(2):
        journal.append(entry("a", msgid="x"))
        Writer(journal).flush()
    assert stored() == ["a"]


acts = st.lists(
    st.one_of(
        st.integers(1, 5).map(lambda count: ("said", count)),
        st.sampled_from(["flush", "step", "die", "die after a commit", "die in a write", "roll"]).map(lambda a: (a, 0)),
    ),
    max_size=25,
)


@settings(max_examples=examples.count(20, nightly=60))
@given(acts=acts)
def test_exactly_once_wherever_it_dies(
    channel: Channel, tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    Line.objects.all().delete()
    journal, said = Journal(folder), 0
    writer = Writer(journal)
    for act, count in acts:
        match act:
            case "said":
                for _ in range(count):
                    journal.append(Entry(channel.pk, AT, Kind.MESSAGE, "ada", str(said)))
                    said += 1
            case "flush":
                writer.flush()
            case "step":
                writer._store_batch()
            case "roll":
                journal.begin_segment()
            case "die after a commit":
                start = stored_position(journal.id, journal.first_position())
                records, end = journal.read(start, 3)
                commit_batch(JournalStep(journal.id, start, end), records, fail_on_refusal)
        if act.startswith("die"):
            newest = folder / f"{journal.segments()[-1]:010d}.log"
            journal.close()
            if act == "die in a write":
                with newest.open("ab") as file:
                    file.write(b'1234abcd {"is":"li')
            journal = Journal(folder)
            writer = Writer(journal)
    writer.flush()
    assert stored() == [str(number) for number in range(said)]
    assert journal.depth(stored_to(journal)) == 0
    journal.close()


def test_a_database_that_drops_every_connection_again_and_again(
    journal: Journal,
    entry: Callable[..., Entry],
    wait_for: WaitFor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FIRST_RETRY_SECONDS", 0.05)
    monkeypatch.setattr(module, "BATCH_RECORDS", 10)
    writer = Writer(journal)
    writer.start()
    for number in range(300):
        journal.append(entry(number))
        if number % 30 == 0:
            kill_connections()
    connection.close()
    wait_for(lambda: writer.stored and not writer.depth and not writer.problem, 20)
    writer.stop(5)
    assert stored() == [str(number) for number in range(300)]


def test_stopping_stores_what_is_left(journal: Journal, entry: Callable[..., Entry]) -> None:
    writer = Writer(journal)
    writer.start()
    for number in range(100):
        journal.append(entry(number))
    writer.stop(10)
    assert len(stored()) == 100


def test_a_torn_record_of_a_crash_is_put_aside_and_what_follows_is_stored(
    tmp_path: Path, channel: Channel, entry: Callable[..., Entry]
) -> None:
    with opened(tmp_path) as journal:
        journal.append(entry("a"))
        (segment,) = journal.segments()
    with (tmp_path / f"{segment:010d}.log").open("ab") as file:
        file.write(b"12345678 {")
    with opened(tmp_path) as journal:
        journal.append(entry("b"))
        Writer(journal).flush()
        assert journal.damaged == 1
    assert stored() == ["a", "b"]


def test_a_writer_gathers_lines_for_longer_while_they_come_one_after_the_other(journal: Journal) -> None:
    writer = Writer(journal)
    assert writer._gather_seconds(1000.0) == module.GATHER_SECONDS  # after a silence
    writer._flushed_at = 1000.0
    assert writer._gather_seconds(1000.02) == pytest.approx(module.COMMIT_INTERVAL_SECONDS - 0.02)
    assert writer._gather_seconds(1001.0) == module.GATHER_SECONDS


def test_a_writer_that_stops_does_not_gather(
    journal: Journal, entry: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch, wait_for: WaitFor
) -> None:
    """It stores what is left at once, however long it would wait for more."""
    writer = Writer(journal)
    writer.start()
    wait_for(lambda: writer.position is not None)
    monkeypatch.setattr(module, "COMMIT_INTERVAL_SECONDS", 1000.0)
    journal.append(entry("the last"))
    writer.stop(30)
    assert stored() == ["the last"]
