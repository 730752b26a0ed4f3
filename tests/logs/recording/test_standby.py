"""What a second bot stores: what the first one missed and nothing else; gaps shrink by the time that it listened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logs.ingest.entry import Entry, GapClosed, GapCovered, GapOpened, Record, TopicKnown
from logs.ingest.journal import Journal, Position
from logs.models import Channel, Gap, JournalPosition, Kind, Line, Network
from logs.models.line import Reason
from logs.recording import standby as module
from logs.recording.apply import PositionChangedError, stored_position
from logs.recording.pairing import MAX_LAG, WINDOW
from logs.recording.standby import Standby
from tests.conftest import Say

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
HEARD = 1000
"""Until when the first bot listened, in seconds since START."""

SILENT = 500
"""Since when the first bot is silent, in tests of a takeover."""


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class SecondBot:
    """The journal of a second bot, and how far it is merged."""

    def __init__(self, folder: Path, channel: Channel) -> None:
        self.channel = channel
        self.journal = Journal(folder)
        self.refused: list[Record] = []
        self.standby = Standby(
            self.journal, channel.network_id, lambda: at(100_000), lambda record, _why: self.refused.append(record)
        )
        self.position = stored_position(self.journal.id, self.journal.first_position(), channel.network_id)

    def write(self, *records: Record | float) -> None:
        """Write records to the journal; a number is a line that was said then and says just that."""
        for record in records:
            self.journal.append(self.line(record, str(record)) if isinstance(record, int | float) else record)

    def line(self, moment: float | datetime, text: str = "yes") -> Entry:
        moment = moment if isinstance(moment, datetime) else at(moment)
        return Entry(self.channel.pk, moment, Kind.MESSAGE, "ada", text)

    def merge(self) -> int:
        count, self.position = self.standby.merge(self.position)
        assert stored_to(self.journal) == self.position
        return count

    def take_over(self, *, opens_gaps: bool = True) -> int:
        count, self.position = self.standby.take_over(self.position, at(SILENT), opens_gaps=opens_gaps)
        assert stored_to(self.journal) == self.position
        return count

    def unread(self) -> list[Record]:
        return self.journal.read(self.position, 1000)[0]


@pytest.fixture
def second(tmp_path: Path, channel: Channel) -> Iterator[SecondBot]:
    second = SecondBot(tmp_path / "second", channel)
    yield second
    second.journal.close()


def add_bot(network: Network, name: str, heard_until: datetime | None) -> None:
    JournalPosition.objects.create(
        journal=name, network=network, segment=0, offset=0, heard_until=heard_until, updated_at=START
    )


@pytest.fixture
def _first_bot(network: Network) -> None:
    add_bot(network, "first", at(HEARD))


def first_bot_listens_until(seconds: float) -> None:
    JournalPosition.objects.filter(journal="first").update(heard_until=at(seconds))


def stored_to(journal: Journal) -> Position:
    row = JournalPosition.objects.get(journal=journal.id)
    return Position(row.segment, row.offset)


def stored() -> list[str]:
    return list(Line.objects.order_by("at", "id").values_list("text", flat=True))


def gaps(channel: Channel) -> list[tuple[float, float | None]]:
    def seconds(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - START).total_seconds()

    rows = Gap.objects.filter(channel=channel).order_by("from_at").values_list("from_at", "to_at")
    return [(seconds(start) or 0, seconds(end)) for start, end in rows]


def make_gap(channel: Channel, start: float, end: float | None) -> None:
    end_at = None if end is None else at(end)
    Gap.objects.create(channel=channel, from_at=at(start), to_at=end_at, reason=Reason.CONNECTION)


def test_nobody_else_has_recorded_the_network(second: SecondBot) -> None:
    add_bot(Network.objects.create(name="othernet"), "elsewhere", at(1))
    JournalPosition.objects.filter(journal=second.journal.id).update(heard_until=at(5))
    assert second.standby.fetch_progress_of_others() is None


@pytest.mark.usefixtures("_first_bot")
def test_of_several_bots_the_one_that_heard_most_counts(second: SecondBot, network: Network) -> None:
    add_bot(network, "older", at(HEARD - 1))
    add_bot(network, "never connected", None)
    assert second.standby.fetch_progress_of_others() == at(HEARD)


def test_without_another_bot_nothing_is_merged(second: SecondBot, channel: Channel) -> None:
    make_gap(channel, 0, None)
    second.write(1)
    assert second.merge() == 0
    assert (stored(), len(second.unread())) == ([], 1)


@pytest.mark.usefixtures("_first_bot")
class TestMerge:
    def test_lines_in_gaps_are_stored_and_no_others(self, second: SecondBot, channel: Channel) -> None:
        make_gap(channel, 100, 200)
        second.write(50, 150, 250)
        assert second.merge() == 1
        assert (stored(), second.unread()) == (["150"], [])
        assert second.merge() == 0

    @pytest.mark.parametrize(
        ("moment", "count"),
        [(at(100) - WINDOW - TICK, 0), (at(100) - WINDOW, 1), (at(200) + WINDOW, 1), (at(200) + WINDOW + TICK, 0)],
    )
    def test_a_gap_reaches_a_window_further_at_both_ends(
        self, second: SecondBot, channel: Channel, moment: datetime, count: int
    ) -> None:
        make_gap(channel, 100, 200)
        second.write(second.line(moment))
        assert second.merge() == count

    @pytest.mark.parametrize(("moment", "count"), [(at(100) - WINDOW - TICK, 0), (at(100) - WINDOW, 1), (at(900), 1)])
    def test_an_open_gap_has_no_end(self, second: SecondBot, channel: Channel, moment: datetime, count: int) -> None:
        make_gap(channel, 100, None)
        second.write(second.line(moment))
        assert second.merge() == count

    def test_a_line_that_the_first_bot_stored_is_not_stored_again(
        self, second: SecondBot, channel: Channel, say: Say
    ) -> None:
        make_gap(channel, 100, 200)
        say(channel, "ada", "100.5", at=at(99.9))
        second.write(100.5, 150)
        assert second.merge() == 1
        assert stored() == ["100.5", "150"]

    def test_a_stored_line_is_the_copy_of_the_closest_also_if_that_lies_outside_of_the_gap(
        self, second: SecondBot, channel: Channel, say: Say
    ) -> None:
        make_gap(channel, 100, 200)
        say(channel, "ada", "yes", at=at(201.2))
        second.write(second.line(200.9), second.line(201.2))
        assert second.merge() == 1
        assert list(Line.objects.order_by("at").values_list("at", flat=True)) == [at(200.9), at(201.2)]

    def test_a_gap_of_another_channel_stores_nothing_here(self, second: SecondBot, network: Network) -> None:
        pond = Channel.objects.create(network=network, name="#pond")
        make_gap(pond, 100, 200)
        second.write(150, Entry(pond.pk, at(150), Kind.MESSAGE, "ada", "in the pond"))
        assert second.merge() == 1
        assert stored() == ["in the pond"]

    def test_what_the_first_bot_may_still_store_stays_in_the_journal(self, second: SecondBot, channel: Channel) -> None:
        """A line of the last second may have its copy on the other side of what the first bot has stored."""
        make_gap(channel, 0, None)
        second.write(HEARD - 1, HEARD - 0.9, HEARD + 5)
        assert second.merge() == 1
        assert (stored(), len(second.unread())) == (["999"], 2)
        first_bot_listens_until(HEARD + 6)
        assert second.merge() == 2
        assert stored() == ["999", "999.1", "1005"]

    def test_gaps_that_open_and_close_later_stay_in_the_journal_too(self, second: SecondBot, channel: Channel) -> None:
        second.write(GapOpened(channel.pk, at(HEARD), Reason.CONNECTION))
        second.merge()
        assert len(second.unread()) == 1
        first_bot_listens_until(HEARD + 1)
        second.merge()
        second.write(GapClosed(channel.pk, at(HEARD + 1)))
        second.merge()
        assert len(second.unread()) == 1

    def test_a_line_that_stays_in_the_journal_keeps_its_copy(
        self, second: SecondBot, channel: Channel, say: Say
    ) -> None:
        make_gap(channel, 0, None)
        say(channel, "ada", "yes", at=at(HEARD - 0.5))
        second.write(second.line(HEARD - 1.2), second.line(HEARD - 0.5))
        assert second.merge() == 1
        first_bot_listens_until(HEARD + 6)
        assert second.merge() == 0

    def test_a_long_journal_is_merged_in_batches(
        self, second: SecondBot, channel: Channel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "BATCH_RECORDS", 2)
        make_gap(channel, 0, None)
        second.write(1, 2, 3)
        assert [second.merge(), second.merge(), second.merge()] == [2, 1, 0]

    def test_a_position_that_another_writer_moved_stores_nothing(self, second: SecondBot, channel: Channel) -> None:
        make_gap(channel, 0, None)
        second.write(1)
        JournalPosition.objects.filter(journal=second.journal.id).update(offset=7)
        with pytest.raises(PositionChangedError):
            second.merge()
        assert stored() == []

    @pytest.mark.parametrize(
        ("own", "remaining"),
        [
            # What the second bot records about where it listens, and what remains of the gap from 100 to 200.
            ([], [(100, 200)]),
            ([("heard", 50)], []),
            ([("heard", 150)], [(100, 150)]),
            ([("heard", 200)], [(100, 200)]),
            ([("heard", 50), ("gap", 60)], [(100, 200)]),
            ([("heard", 50), ("gap", 60), ("heard", 170)], [(100, 170)]),
            # A server's history has filled the time before: as good as having listened.
            ([("heard", 150), ("covered", 120)], [(100, 120)]),
            ([("heard", 120), ("covered", 150)], [(100, 120)]),
            ([("covered", 120)], [(100, 200)]),
            # Not decided yet: the first bot may have listened too.
            ([("heard", HEARD - 1)], [(100, 200)]),
        ],
    )
    def test_a_gap_shrinks_by_the_time_in_which_this_bot_listened(
        self,
        second: SecondBot,
        channel: Channel,
        own: list[tuple[str, float]],
        remaining: list[tuple[float, float | None]],
    ) -> None:
        make_gap(channel, 100, 200)
        for kind, moment in own:
            match kind:
                case "heard":
                    second.write(GapClosed(channel.pk, at(moment)))
                case "gap":
                    second.write(GapOpened(channel.pk, at(moment), Reason.CONNECTION))
                case _:
                    second.write(GapCovered(channel.pk, at(moment), at(moment + 5)))
        second.merge()
        assert gaps(channel) == remaining

    def test_an_open_gap_shrinks_as_far_as_is_decided(self, second: SecondBot, channel: Channel) -> None:
        make_gap(channel, 100, None)
        second.write(GapClosed(channel.pk, at(50)))
        second.merge()
        assert gaps(channel) == [(HEARD - 1, None)]
        first_bot_listens_until(HEARD + 50)
        second.merge()
        assert gaps(channel) == [(HEARD + 49, None)], "also when the journal has nothing new"

    @pytest.mark.parametrize(("before", "count"), [(MAX_LAG - TICK, 0), (MAX_LAG, 1)])
    def test_what_was_stored_before_this_bot_listened_is_no_copy(
        self, second: SecondBot, channel: Channel, say: Say, before: timedelta, count: int
    ) -> None:
        make_gap(channel, 100, 200)
        say(channel, "ada", "yes", at=at(150) - before)
        second.write(GapClosed(channel.pk, at(150)), second.line(150))
        assert second.merge() == count


class TestTakeOver:
    def test_lines_from_the_silence_on_are_stored(self, second: SecondBot) -> None:
        second.write(400, 600, 100_000)
        assert second.take_over() == 2
        assert (stored(), second.unread()) == (["600", "100000"], [])
        assert second.take_over(opens_gaps=False) == 0

    @pytest.mark.parametrize(("moment", "count"), [(at(SILENT) - WINDOW - TICK, 0), (at(SILENT) - WINDOW, 1)])
    def test_the_silence_begins_a_window_earlier(self, second: SecondBot, moment: datetime, count: int) -> None:
        second.write(second.line(moment))
        assert second.take_over() == count

    def test_lines_in_gaps_before_the_silence_are_stored_too(self, second: SecondBot, channel: Channel) -> None:
        make_gap(channel, 100, 200)
        second.write(150, 300)
        assert second.take_over() == 1
        assert stored() == ["150"]

    def test_what_the_first_bot_stored_last_is_not_stored_again(
        self, second: SecondBot, channel: Channel, say: Say
    ) -> None:
        say(channel, "ada", "500.2", at=at(499.8))
        second.write(500.2, 501)
        assert second.take_over() == 1
        assert stored() == ["500.2", "501"]

    def test_lines_of_a_channel_that_is_gone_are_refused(self, second: SecondBot) -> None:
        orphan = Entry(999_999, at(600), Kind.MESSAGE, "ada", "x")
        second.write(orphan, 600)
        assert second.take_over() == 1
        assert second.refused == [orphan]

    @pytest.mark.parametrize(
        ("listening_since", "expected"), [(None, [(500, None)]), (499, []), (500, []), (510, [(500, 510)])]
    )
    def test_a_gap_is_where_neither_bot_listened(
        self,
        second: SecondBot,
        channel: Channel,
        listening_since: float | None,
        expected: list[tuple[float, float | None]],
    ) -> None:
        Channel.objects.update(wanted=True)
        if listening_since is not None:
            add_bot(channel.network, "first", at(HEARD))
            second.write(GapClosed(channel.pk, at(listening_since)))
            second.merge()
            assert second.unread() == []
        second.take_over()
        assert gaps(channel) == expected
        assert not Gap.objects.exclude(reason=Reason.STOPPED).exists()

    @pytest.mark.parametrize(("wanted", "opens_gaps"), [(True, False), (False, True)])
    def test_gaps_are_opened_once_and_in_wanted_channels_only(
        self, second: SecondBot, channel: Channel, wanted: bool, opens_gaps: bool
    ) -> None:
        Channel.objects.update(wanted=wanted)
        second.take_over(opens_gaps=opens_gaps)
        assert gaps(channel) == []

    def test_channels_of_other_networks_get_no_gap(self, second: SecondBot) -> None:
        far = Channel.objects.create(network=Network.objects.create(name="othernet"), name="#far", wanted=True)
        second.take_over()
        assert gaps(far) == []

    def test_this_bots_own_gaps_count_from_the_silence_on(self, second: SecondBot, channel: Channel) -> None:
        pond = Channel.objects.create(network=channel.network, name="#pond")
        second.write(GapOpened(channel.pk, at(300), Reason.CONNECTION), GapClosed(channel.pk, at(600)))
        second.write(GapOpened(pond.pk, at(300), Reason.CONNECTION), GapClosed(pond.pk, at(400)))
        second.write(GapOpened(pond.pk, at(700), Reason.CONNECTION))
        second.take_over()
        assert (gaps(channel), gaps(pond)) == ([(500, 600)], [(700, None)])
        assert second.standby._memory_at(second.position).times.since == {channel.pk: at(600)}

    def test_other_records_are_applied_as_they_are(self, second: SecondBot, channel: Channel) -> None:
        make_gap(channel, 100, 600)
        second.write(TopicKnown(channel.pk, "Roses"), GapCovered(channel.pk, at(300), at(600)))
        second.take_over()
        assert Channel.objects.get().topic == "Roses"
        assert gaps(channel) == [(100, 300)]

    def test_a_position_that_another_writer_moved_stores_nothing(self, second: SecondBot, channel: Channel) -> None:
        Channel.objects.update(wanted=True)
        second.write(600)
        JournalPosition.objects.filter(journal=second.journal.id).update(offset=7)
        with pytest.raises(PositionChangedError):
            second.take_over()
        assert (stored(), gaps(channel)) == ([], [])
