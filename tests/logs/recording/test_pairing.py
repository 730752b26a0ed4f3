"""Which lines of a second bot are copies of stored ones: each stored line stands for one line only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from logs.ingest.entry import Entry
from logs.models import Channel, Kind
from logs.recording import pairing
from logs.recording.pairing import (
    BEGINNING,
    MAX_LAG,
    WINDOW,
    Counterparts,
    Interval,
    Received,
    _may_be_copy,
    pair_nearest,
)
from tests import examples
from tests.conftest import Say

START = datetime(2026, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def seconds(times: Sequence[datetime | None]) -> list[float | None]:
    return [None if time is None else (time - START).total_seconds() for time in times]


@pytest.mark.parametrize(
    ("times", "stored", "paired"),
    [
        ([], [], []),
        ([0], [], [None]),
        ([0], [0.4], [0.4]),
        # The k-th occurrence is the copy of the k-th.
        ([0, 0.5, 2], [0.1, 0.6, 2.1], [0.1, 0.6, 2.1]),
        # A stored line stands for one line only, and that is the closest.
        ([0, 0.2], [0.3], [None, 0.3]),
        ([0, 0.2], [-0.1], [-0.1, None]),
        ([0, 0, 0], [0, 0], [0, 0, None]),
        # The closest pair comes first, even where another choice would pair more lines.
        ([0, 1], [0.6, 1.9], [None, 0.6]),
        # A line that is left over takes the next one in the window.
        ([0, 0.2], [0.3, 0.9], [0.9, 0.3]),
        # The window is a second, to both sides, and not more.
        ([0], [1], [1]),
        ([0], [-1], [-1]),
        ([0], [1.000001], [None]),
        ([0], [-1.000001], [None]),
    ],
)
def test_nearest_times_are_paired(times: list[float], stored: list[float], paired: list[float | None]) -> None:
    assert seconds(pair_nearest([at(time) for time in times], [at(time) for time in stored])) == paired


MOMENTS = st.lists(st.integers(0, 4_000_000), max_size=4, unique=True).map(
    lambda micros: [START + micro * TICK for micro in micros]
)


def matchings(times: Sequence[datetime], stored: Sequence[datetime]) -> Iterator[list[datetime | None]]:
    """All ways to pair times with stored times that lie in the window."""
    if not times:
        yield []
        return
    for chosen in [None, *(other for other in stored if abs(times[0] - other) <= WINDOW)]:
        for rest in matchings(times[1:], [other for other in stored if other != chosen]):
            yield [chosen, *rest]


def distances(times: Sequence[datetime], paired: Sequence[datetime | None]) -> list[timedelta]:
    return sorted(abs(one - two) for one, two in zip(times, paired, strict=True) if two is not None)


@settings(max_examples=examples.count(100, nightly=300))
@given(times=MOMENTS, stored=MOMENTS)
def test_the_pairs_are_the_best_of_all(times: list[datetime], stored: list[datetime]) -> None:
    """The best matching has the closest pair of all, of those with it the closest second pair, and so on; one that has
    a further pair is better than one without."""
    every = [abs(one - two) for one in times for two in stored]
    assume(len(set(every)) == len(every))
    never = timedelta.max
    best = min(
        matchings(times, stored),
        key=lambda paired: [*distances(times, paired), *[never] * (len(times) - len(distances(times, paired)))],
    )
    assert pair_nearest(times, stored) == best


@settings(max_examples=examples.count(66, nightly=200))
@given(times=MOMENTS, stored=MOMENTS, random=st.randoms())
def test_the_order_of_the_lines_does_not_matter(times: list[datetime], stored: list[datetime], random: object) -> None:
    every = [abs(one - two) for one in times for two in stored]
    assume(len(set(every)) == len(every))
    expected = dict(zip(times, pair_nearest(times, stored), strict=True))
    shuffled, shuffled_stored = times.copy(), stored.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    random.shuffle(shuffled_stored)  # type: ignore[attr-defined]
    assert dict(zip(shuffled, pair_nearest(shuffled, shuffled_stored), strict=True)) == expected


def test_thousands_of_equal_lines_are_compared_only_within_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = Counter[bool]()

    def may_be_copy(*args: Any) -> bool:
        compared[True] += 1
        return _may_be_copy(*args)

    monkeypatch.setattr(pairing, "_may_be_copy", may_be_copy)
    times = [at(number) for number in range(3000)]
    assert pair_nearest(times, list(reversed(times))) == times
    assert compared[True] < 10_000


def entry(channel: Channel, seconds: float, text: str = "yes", nick: str = "ada", kind: int = Kind.MESSAGE) -> Entry:
    return Entry(channel.pk, at(seconds), kind, nick, text)


def missing(entries: list[Entry], since: dict[int, datetime] | None = None) -> list[Entry]:
    return find_missing(Counterparts(), entries, since=since)


def find_missing(
    counterparts: Counterparts,
    entries: list[Entry],
    upcoming: list[Entry] | None = None,
    since: dict[int, datetime] | None = None,
) -> list[Entry]:
    def received(entry: Entry) -> Received:
        return Received(entry, Interval((since or {}).get(entry.channel, BEGINNING)))

    return counterparts.find_missing([received(entry) for entry in entries], [received(one) for one in upcoming or []])


@pytest.mark.django_db
class TestCounterparts:
    def test_a_line_with_a_copy_is_not_missing(self, channel: Channel, say: Say) -> None:
        say(channel, "ada", "yes", at=at(0.5))
        first, second = entry(channel, 0), entry(channel, 0.6)
        assert missing([first, second]) == [first]
        assert missing([second, first]) == [first], "in whatever order they come"

    @pytest.mark.parametrize("other", [{"text": "Yes"}, {"nick": "Ada"}, {"kind": Kind.ACTION}])
    def test_other_texts_nicks_and_kinds_are_no_copies(
        self, channel: Channel, say: Say, other: dict[str, object]
    ) -> None:
        say(channel, "ada", "yes", at=at(0))
        different = entry(channel, 0, **other)  # type: ignore[arg-type]
        assert missing([different]) == [different]

    def test_lines_of_another_channel_are_no_copies(self, channel: Channel, say: Say) -> None:
        other = Channel.objects.create(network=channel.network, name="#other")
        say(other, "ada", "yes", at=at(0))
        assert missing([entry(channel, 0)]) == [entry(channel, 0)]

    @pytest.mark.parametrize(("distance", "is_missing"), [(1, False), (-1, False), (1.000001, True), (-1.000001, True)])
    def test_lines_match_within_one_second(self, channel: Channel, say: Say, distance: float, is_missing: bool) -> None:
        say(channel, "ada", "yes", at=at(distance))
        assert bool(missing([entry(channel, 0)])) is is_missing

    def test_missing_lines_come_in_the_order_of_time(self, channel: Channel) -> None:
        entries = [entry(channel, number, str(number)) for number in (3, 1, 2)]
        assert [line.text for line in missing(entries)] == ["1", "2", "3"]

    def test_a_copy_is_used_once_also_from_batch_to_batch(self, channel: Channel, say: Say) -> None:
        say(channel, "ada", "yes", at=at(0.2))
        counterparts = Counterparts()
        assert find_missing(counterparts, [entry(channel, 0)], []) == []
        assert find_missing(counterparts, [entry(channel, 0.4)], []) == [entry(channel, 0.4)]

    def test_a_missing_line_that_was_stored_is_not_the_copy_of_the_next(self, channel: Channel, say: Say) -> None:
        counterparts = Counterparts()
        assert find_missing(counterparts, [entry(channel, 0)], []) == [entry(channel, 0)]
        say(channel, "ada", "yes", at=at(0))
        assert find_missing(counterparts, [entry(channel, 0.5)], []) == [entry(channel, 0.5)]

    def test_an_upcoming_line_keeps_the_copy_that_is_closer_to_it(self, channel: Channel, say: Say) -> None:
        say(channel, "ada", "yes", at=at(0.8))
        counterparts = Counterparts()
        now, upcoming = entry(channel, 0), entry(channel, 0.9)
        assert find_missing(counterparts, [now], [upcoming]) == [now]
        assert find_missing(counterparts, [upcoming], []) == [], "its copy is still there when its turn comes"

    @pytest.mark.parametrize(("before", "is_missing"), [(MAX_LAG - TICK, False), (MAX_LAG, True)])
    def test_what_was_stored_before_this_bot_listened_is_no_copy(
        self, channel: Channel, say: Say, before: timedelta, is_missing: bool
    ) -> None:
        """The other bot may have received a line up to MAX_LAG earlier than this one."""
        say(channel, "ada", "yes", at=at(0) - before)
        assert bool(missing([entry(channel, 0)], {channel.pk: at(0)})) is is_missing
