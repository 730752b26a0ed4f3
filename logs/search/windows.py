"""Walk through time in windows, each of which should hold what the page still lacks and not many lines more."""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass
from datetime import date
from math import ceil

from logs.search import sql
from logs.search.planner import (
    NEAREST_HITS,
    PAGE_LINES,
    PAGE_US,
    RELIABLE_HITS,
    FetchAll,
    IndexWindows,
    Plan,
    ReadInOrder,
)
from logs.search.sample import Sample

RELIABLE_RESULTS = 5
"""From this many results on, what the windows held says how far back the rest of the page is."""

SPARE_FACTOR = 2.0
"""The next window reaches this many times as far as that, since lines are not spread evenly."""

MIN_GROWTH = 0.5
"""And at least this part of all that was searched before, so that the number of windows stays small."""

GROWTH_WITHOUT_RESULTS = 3.0
"""While next to nothing is found, the next window holds this many times as many sampled hits as all before it."""

DAYS_WITHOUT_SAMPLE, GROWTH_WITHOUT_SAMPLE = 32, 8
"""Days of the first window, and growth of the following ones, while no sample was read."""


@dataclass(frozen=True, slots=True)
class Window:
    """`conditions` find the hits from where the window before it ended to the day `end`, which is included."""

    end: date
    conditions: list[sql.Condition]


class _Axis:
    """Time in the direction of the walk: positions are those of sampled lines, counted from where it begins.

    Between any two neighbours lies the same number of lines of the archive, whether these were said within an hour or
    with years of silence between them.
    """

    def __init__(self, sample: Sample, *, oldest: bool) -> None:
        self.sample, self.oldest = sample, oldest

    def positions(self, numbers: Sequence[int]) -> Sequence[int]:
        """Those of sampled lines, whose numbers begin with the newest line."""
        return [len(self.sample) - 1 - number for number in reversed(numbers)] if self.oldest else numbers

    def position_of(self, day: date) -> int:
        """That of the first line of the day or behind it."""
        if self.oldest:
            return len(self.sample) - self.sample.during(day, date.max).stop
        return self.sample.during(date.min, day).start

    def day_at(self, position: float) -> date | None:
        """The day of the line at a position; None behind the last one."""
        number = int(position)
        if number >= len(self.sample):
            return None
        return self.sample.day_at(len(self.sample) - 1 - number if self.oldest else number)

    def day_after(self, day: date, days: int, end: date) -> date:
        """The day `days` later in the order of the results, at most the end."""
        ordinal = day.toordinal() + (days if self.oldest else -days)
        return date.fromordinal(min(ordinal, end.toordinal()) if self.oldest else max(ordinal, end.toordinal()))

    def earlier(self, *days: date) -> date:
        """Of some days the one that the walk comes to first."""
        return min(days) if self.oldest else max(days)

    def later(self, *days: date) -> date:
        return max(days) if self.oldest else min(days)

    def end_of_month(self, day: date) -> date:
        """The last day of the month that the walk comes to."""
        if self.oldest:
            return day.replace(day=monthrange(day.year, day.month)[1])
        return day.replace(day=1)


def walk(plan: Plan, first: date, last: date, found: Sized, wanted: int, *, oldest: bool = False) -> Iterator[Window]:
    """The windows from `last` back to `first` in which to search, until the caller stops; `oldest`: the other way.

    The caller puts the results of each window into `found`, before it takes the next; `wanted` fill the page.
    """
    axis = _Axis(plan.sample, oldest=oldest)
    day, end = (first, last) if oldest else (last, first)
    if not len(plan.sample):
        yield from _walk_by_days(plan, axis, day, end)
        return
    start = position = axis.position_of(day)
    target = _first_target(plan, axis, position)
    skip = 0
    while True:
        if isinstance(plan, ReadInOrder):
            places = axis.positions(plan.places)
            if _count_between(places, start, target) > plan.max_places:
                # Hits are rarer than estimated; from here on the index is cheaper than reading.
                plan = plan.fallback
                target = max(target, _first_target(plan, axis, position))
        if isinstance(plan, FetchAll):
            yield Window(end, [*plan.conditions, _rest(axis, day, end)])
            return
        window = _window(plan, axis, (day, end), position, target)
        results_before = len(found)
        yield window
        if window.end == end:
            return
        day = axis.day_after(window.end, 1, end)
        position = max(position, axis.position_of(day))
        hits = axis.positions(plan.hits)
        ahead = hits[bisect_left(hits, position) :]
        seen = _count_between(hits, start, position)
        if len(found) >= RELIABLE_RESULTS and len(found) > results_before:
            missing = (wanted - len(found)) / len(found)
            if seen >= RELIABLE_HITS:
                # So many of the sampled hits as gave the results up to now.
                needed = ceil(max(SPARE_FACTOR * missing, MIN_GROWTH) * seen)
                target = ahead[needed - 1] + 1 if needed <= len(ahead) else len(plan.sample)
            else:
                target = position + max(SPARE_FACTOR * missing, MIN_GROWTH) * max(position - start, 1)
        else:
            # Next to nothing was found: go to where the sample has the next hit, then the second next, the fourth ...
            # If these turned out to be none when their text was compared, to some times as many as were compared.
            skip = max(skip, round(GROWTH_WITHOUT_RESULTS * seen))
            target = ahead[skip] + 1 if skip < len(ahead) else len(plan.sample)
            skip = 2 * skip + 1


def _first_target(plan: Plan, axis: _Axis, position: float) -> float:
    """The position up to which the first window's hits are expected, by the density of the nearest sampled hits."""
    if not isinstance(plan, IndexWindows | ReadInOrder):
        return position
    sampled_hits = plan.first_hits / plan.sample.lines_each
    hits = axis.positions(plan.hits)
    ahead = hits[bisect_left(hits, position) :]
    nearest = min(len(ahead), max(NEAREST_HITS, round(sampled_hits)))
    if not nearest:
        return len(plan.sample)
    return position + (ahead[nearest - 1] + 1 - position) * sampled_hits / nearest


def _window(plan: Plan, axis: _Axis, days: tuple[date, date], position: float, target: float) -> Window:
    """The window from the first of two days to a position, at least one day long and at most up to the other."""
    day, end = days
    stop = axis.later(day, axis.earlier(end, axis.day_at(target) or end))
    if isinstance(plan, ReadInOrder):
        return Window(stop, [*sql.in_order(plan.channels, min(day, stop), max(day, stop)), *plan.conditions])
    if abs((stop - day).days) >= sql.MAX_DAY_KEYS:
        # The index finds whole months then; those of the last one are fetched in any case.
        stop = axis.earlier(end, axis.end_of_month(stop))
    # Narrowing by time unpacks the pages of the index that list the lines of these months, of all channels. That pays
    # only if the candidates outside the window, which would be fetched for nothing, cost more.
    counted_hits = _count_between(axis.positions(plan.candidates), position, target)
    outside = (len(plan.candidates) - counted_hits) * plan.sample.lines_each
    pages = max(target - position, 1) * plan.sample.lines_each / PAGE_LINES
    if plan.line_us * outside < PAGE_US * pages:
        return Window(end, [*plan.conditions, _rest(axis, day, end)])
    return Window(stop, _narrowed(plan, day, stop))


def _rest(axis: _Axis, day: date, end: date) -> sql.Condition:
    """All lines from a day on, in the direction of the walk."""
    return sql.within(day, end) if axis.oldest else sql.within(date.min, day)


def _count_between(positions: Sequence[int], start: float, end: float) -> int:
    return bisect_left(positions, end) - bisect_left(positions, start)


def _narrowed(plan: Plan, day: date, stop: date) -> list[sql.Condition]:
    first, last = min(day, stop), max(day, stop)
    return [sql.within(first, last), *plan.conditions, sql.any_key(sql.time_keys(first, last))]


def _walk_by_days(plan: Plan, axis: _Axis, day: date, end: date) -> Iterator[Window]:
    """Windows of 32 days, eight times as many, and so on."""
    days = DAYS_WITHOUT_SAMPLE
    while True:
        stop = axis.day_after(day, days - 1, end)
        yield Window(stop, _narrowed(plan, day, stop))
        if stop == end:
            return
        day, days = axis.day_after(stop, 1, end), days * GROWTH_WITHOUT_SAMPLE
