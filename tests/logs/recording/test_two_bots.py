"""Two bots' journals and one archive: every line is stored once, or lies in a recorded gap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import OperationalError

from logs.ingest.entry import Entry, GapClosed, GapOpened
from logs.ingest.journal import Journal
from logs.models import Channel, Gap, JournalPosition, Kind, Line
from logs.models.line import Reason
from logs.recording import standby as module
from logs.recording.role import Role
from logs.recording.writer import Listening, Writer

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class FakeBot:
    """A bot's journal and writer; the test says what it receives, and what it knows about the lock."""

    def __init__(self, folder: Path, channel: Channel) -> None:
        self.folder = folder
        self.channel = channel
        self.heard_until: float | None = None
        self._start()

    def _start(self) -> None:
        self.role = Role()
        self.journal = Journal(self.folder)
        listening = Listening(
            self.channel.network_id, lambda: None if self.heard_until is None else at(self.heard_until)
        )
        self.writer = Writer(self.journal, listening, self.role)

    def join(self, seconds: float) -> None:
        self.journal.append(GapClosed(self.channel.pk, at(seconds)))

    def leave(self, seconds: float) -> None:
        self.journal.append(GapOpened(self.channel.pk, at(seconds), Reason.STOPPED))

    def receive(self, *lines: tuple[float, str]) -> None:
        for seconds, text in lines:
            self.journal.append(Entry(self.channel.pk, at(seconds), Kind.MESSAGE, "ada", text))

    def store(self, *, leads: bool, heard_until: float | None) -> None:
        """Store what the journal has, as leader or as standby; `heard_until`: when the server last sent anything."""
        self.role.primary = leads
        self.heard_until = heard_until
        self.writer.flush()

    def restart(self, killed_at: float) -> None:
        """Lose all that only the process knew, and record its absence as a starting bot does."""
        self.journal.close()
        self.heard_until = None
        self._start()
        self.leave(killed_at)


@pytest.fixture(autouse=True)
def committed(transactional_db: None) -> None:
    """A writer gives its connection back, which ends a test's transaction."""


@pytest.fixture
def new_bot(tmp_path: Path, channel: Channel) -> Iterator[Callable[[str], FakeBot]]:
    channel.wanted = True
    channel.save()
    bots: list[FakeBot] = []

    def new_bot(name: str) -> FakeBot:
        bots.append(FakeBot(tmp_path / name, channel))
        return bots[-1]

    yield new_bot
    for bot in bots:
        bot.journal.close()


@pytest.fixture
def first(new_bot: Callable[[str], FakeBot]) -> FakeBot:
    """The leader at the beginning: it has joined and has stored a line."""
    bot = new_bot("first")
    bot.join(0)
    bot.receive((0.1, "hello"))
    bot.store(leads=True, heard_until=0.1)
    return bot


@pytest.fixture
def second(new_bot: Callable[[str], FakeBot]) -> FakeBot:
    return new_bot("second")


def stored() -> list[tuple[float, str]]:
    rows = Line.objects.exclude(text="hello").order_by("at", "id").values_list("at", "text")
    return [((moment - START).total_seconds(), text) for moment, text in rows]


def gaps() -> list[tuple[float, float | None]]:
    rows = Gap.objects.order_by("from_at").values_list("from_at", "to_at")
    return [((start - START).total_seconds(), end and (end - START).total_seconds()) for start, end in rows]


def test_a_line_from_before_the_join_is_no_copy_in_a_takeover_soon_after_it(first: FakeBot, second: FakeBot) -> None:
    """The same words within a second: the leader stored the first line, before the standby joined, and died."""
    second.join(1.5)
    first.receive((1.1, "yes"), (1.6, "ok"))
    first.store(leads=True, heard_until=1.6)
    second.receive((1.6, "ok"), (1.9, "yes"))
    second.store(leads=True, heard_until=1.9)
    assert stored() == [(1.1, "yes"), (1.6, "ok"), (1.9, "yes")]
    assert gaps() == []


def test_a_line_from_just_before_the_join_is_a_copy_only_within_the_lag(first: FakeBot, second: FakeBot) -> None:
    second.join(1.5)
    first.receive((1.4, "yes"), (1.4, "no"), (1.7, "ok"))
    first.store(leads=True, heard_until=1.7)
    second.receive((1.6, "no"), (1.7, "ok"), (1.9, "yes"))
    second.store(leads=True, heard_until=1.9)
    assert stored() == [(1.4, "yes"), (1.4, "no"), (1.7, "ok"), (1.9, "yes")]


def test_what_only_a_killed_leader_received_is_stored_in_the_gap_after_its_restart(
    first: FakeBot, second: FakeBot
) -> None:
    """The standby had just been started and was not in the channel yet."""
    first.receive((5, "stored"))
    first.store(leads=True, heard_until=5)
    first.receive((5.2, "not stored"), (5.4, "nor this"))
    second.store(leads=True, heard_until=None)
    assert gaps() == [(5, None)]
    second.join(7)
    second.receive((8, "heard by the second"))
    second.store(leads=True, heard_until=8)
    assert gaps() == [(5, 7)]
    first.restart(5.5)
    first.join(9.5)
    first.store(leads=False, heard_until=9.5)
    assert stored() == [(5, "stored"), (5.2, "not stored"), (5.4, "nor this"), (8, "heard by the second")]
    assert gaps() == [(5, 7)]


def test_what_both_received_beside_a_gap_is_not_doubled(first: FakeBot, second: FakeBot) -> None:
    first.receive((5, "stored"))
    first.store(leads=True, heard_until=5)
    second.join(5.5)
    first.receive((5.2, "one"), (5.8, "two"), (6, "three"))
    second.receive((5.81, "two"), (6.01, "three"))
    second.store(leads=True, heard_until=6.01)
    first.restart(6.1)
    first.join(7)
    second.receive((9, "four"))
    second.store(leads=True, heard_until=9)
    first.receive((9.1, "four"))
    first.store(leads=False, heard_until=9.1)
    assert stored() == [(5, "stored"), (5.2, "one"), (5.81, "two"), (6.01, "three"), (9, "four")]
    assert gaps() == [(5, 5.5)]


def test_its_own_earlier_line_is_not_the_copy_of_an_unstored_one(first: FakeBot, second: FakeBot) -> None:
    first.receive((5, "yes"))
    first.store(leads=True, heard_until=5)
    first.receive((5.2, "yes"))
    second.join(6)
    second.receive((9, "heard by the second"))
    second.store(leads=True, heard_until=9)
    first.restart(5.3)
    first.store(leads=False, heard_until=None)
    assert stored() == [(5, "yes"), (5.2, "yes"), (9, "heard by the second")]


def test_a_gap_does_not_shrink_by_what_is_still_to_be_merged(
    first: FakeBot, second: FakeBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_RECORDS", 3)
    second.join(0)
    first.leave(5)
    first.join(15)
    first.store(leads=True, heard_until=30)
    lines = [(6.0 + number, str(number)) for number in range(8)]
    second.receive(*lines)
    second.store(leads=False, heard_until=30)
    assert stored() == lines
    assert gaps() == []


def test_what_a_bot_stores_in_a_takeover_is_not_stored_again_by_the_one_before(
    first: FakeBot, second: FakeBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second bot is killed before it has stored anything as the leader."""
    second.join(0)
    first.receive((5, "stored"))
    first.store(leads=True, heard_until=5)
    first.receive((5.2, "one"))
    second.receive((5.21, "one"))
    second.store(leads=True, heard_until=None)
    first.restart(5.3)
    first.join(7)
    first.receive((8, "two"))
    first.store(leads=True, heard_until=8)
    assert stored() == [(5, "stored"), (5.21, "one"), (8, "two")]
    assert [start for start, _ in gaps()] == [pytest.approx(5, abs=0.4)]


def test_a_killed_takeover_is_resumed(first: FakeBot, second: FakeBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows in the journal may still be in the archive."""
    monkeypatch.setattr(module, "BATCH_RECORDS", 2)
    second.join(0)
    lines = [(1.0 + number, str(number)) for number in range(6)]
    first.receive(*lines)
    first.store(leads=True, heard_until=6)
    second.receive(*lines, (6.1, "yes"), (6.2, "yes"))
    second.role.primary = True
    assert second.writer._store_batch()
    assert second.writer._store_batch()
    second.restart(6.2)
    second.join(8)
    second.store(leads=True, heard_until=8)
    assert stored() == [*lines, (6.1, "yes"), (6.2, "yes")]
    assert gaps()[-1][1] == 8


def test_a_takeover_that_fails_at_first_opens_the_gap_all_the_same(
    first: FakeBot, second: FakeBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    second.receive((4, "received in an earlier run"))
    first.receive((5, "stored"))
    first.store(leads=True, heard_until=5)
    with monkeypatch.context() as patch:
        patch.setattr(module, "store_lines", _fail)
        with pytest.raises(OperationalError):
            second.store(leads=True, heard_until=None)
    second.store(leads=True, heard_until=None)
    assert gaps() == [(5, None)]


def test_a_merge_that_failed_does_not_use_up_the_copies(
    first: FakeBot, second: FakeBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    second.join(0)
    first.receive((5, "yes"))
    first.leave(5.1)
    first.join(7)
    first.store(leads=True, heard_until=10)
    second.receive((5.01, "yes"), (6, "no"))
    with monkeypatch.context() as patch:
        patch.setattr(module, "store_lines", _fail)
        with pytest.raises(OperationalError):
            second.store(leads=False, heard_until=10)
    second.store(leads=False, heard_until=10)
    assert stored() == [(5, "yes"), (6, "no")]


def _fail(entries: object) -> None:
    raise OperationalError("the connection was lost")


def test_a_former_leader_does_not_remove_its_own_gap(first: FakeBot, second: FakeBot) -> None:
    """It was a standby before, and joined again while it was the leader."""
    second.join(0)
    second.store(leads=False, heard_until=1)
    first.receive((1, "one"))
    first.store(leads=True, heard_until=1)
    second.store(leads=False, heard_until=3)
    second.receive((3, "two"))
    second.store(leads=True, heard_until=3)
    second.leave(4)
    second.join(6)
    second.receive((7, "three"))
    second.store(leads=True, heard_until=7)
    first.restart(1)
    first.join(8)
    first.receive((12, "four"))
    first.store(leads=True, heard_until=12)
    second.receive((12, "four"))
    second.store(leads=False, heard_until=12)
    assert (4, 6) in gaps()


def test_a_former_leader_is_known_to_be_listening(first: FakeBot, second: FakeBot) -> None:
    """It lost the lock but not its connection to the IRC server, and gets the lock back."""
    second.join(0)
    first.receive((1, "one"))
    first.store(leads=True, heard_until=1)
    second.receive((1, "one"), (5, "two"))
    second.store(leads=True, heard_until=5)
    first.receive((5, "two"), (6, "three"))
    first.store(leads=False, heard_until=6)
    first.store(leads=True, heard_until=6)
    assert stored() == [(1, "one"), (5, "two"), (6, "three")]
    assert gaps() == []


def test_a_standby_whose_connection_may_be_dead_does_not_shrink_a_gap(first: FakeBot, second: FakeBot) -> None:
    """Both lost the server at the same time; the standby has not noticed yet."""
    second.join(0)
    second.receive((4, "one"))
    first.receive((4, "one"))
    first.leave(5)
    first.join(90)
    first.store(leads=True, heard_until=90)
    second.store(leads=False, heard_until=5)
    assert gaps() == [(5, 90)]
    second.leave(5)
    second.join(95)
    first.store(leads=True, heard_until=120)
    JournalPosition.objects.filter(journal=first.journal.id).update(heard_until=at(120))
    second.store(leads=False, heard_until=120)
    assert gaps() == [(5, 90)]


def test_a_gap_shrinks_by_the_time_before_the_standby_left(first: FakeBot, second: FakeBot) -> None:
    second.join(0)
    second.receive((6, "one"))
    second.leave(7)
    first.leave(5)
    first.join(20)
    first.store(leads=True, heard_until=30)
    second.store(leads=False, heard_until=None)
    assert stored() == [(6, "one")]
    assert gaps() == [(7, 20)]


def test_a_gap_that_is_open_ends_where_a_listening_standby_takes_over(first: FakeBot, second: FakeBot) -> None:
    first.leave(3)
    first.store(leads=True, heard_until=5)
    JournalPosition.objects.filter(journal=first.journal.id).update(heard_until=at(5))
    second.join(4)
    second.receive((4.5, "one"), (8, "two"))
    second.store(leads=True, heard_until=8)
    assert stored() == [(4.5, "one"), (8, "two")]
    assert gaps() == [(3, 4)]
