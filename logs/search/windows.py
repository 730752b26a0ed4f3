"""Walk back through time in windows, each of which should hold what the page still lacks and not many lines more."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass
from datetime import date, timedelta

from logs.search import sql
from logs.search.planner import (
    NEAREST_HITS,
    PAGE_LINES,
    PAGE_US,
    FetchAll,
    IndexWindows,
    Plan,
    ReadInOrder,
)

RELIABLE_RESULTS = 5
"""From this many results on, what the windows held says how far back the rest of the page is."""

SPARE_FACTOR = 2.0
"""The next window reaches this many times as far as that, since lines are not spread evenly."""

MIN_GROWTH = 0.5
"""And at least this part of all that was searched before, so that the number of windows stays small."""

DAYS_WITHOUT_SAMPLE, GROWTH_WITHOUT_SAMPLE = 32, 8
"""Days of the first window, and growth of the following ones, while no sample was read."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """`conditions` find the hits from the day `first` on up to where the window before it began."""

    first: date
    conditions: list[sql.Condition]


def walk(plan: Plan, first: date, last: date, found: Sized, wanted: int) -> Iterator[Window]:
    """The windows from `last` back to `first` in which to search, until the caller stops.

    The caller puts the results of each window into `found`, before it takes the next; `wanted` fill the page.

    Positions are those of sampled lines, counted from the newest one. Between any two neighbours lies the same number
    of lines of the archive, whether these were said within an hour or with years of silence between them.
    """
    if not len(plan.sample):
        yield from _walk_by_days(plan, first, last)
        return
    start = position = plan.sample.during(date.min, last).start
    target = _first_target(plan, position)
    skip = 0
    while True:
        if isinstance(plan, ReadInOrder) and _count_between(plan.places, start, target) > plan.max_places:
            # Hits are rarer than estimated; from here on the index is cheaper than reading.
            plan = plan.otherwise
            target = max(target, _first_target(plan, position))
        if isinstance(plan, FetchAll):
            yield Window(first, [*plan.conditions, sql.within(date.min, last)])
            return
        window = _window(plan, first, last, position, target)
        results_before = len(found)
        yield window
        if window.first <= first:
            return
        last = window.first - _DAY
        position = max(position, plan.sample.during(date.min, last).start)
        if len(found) >= RELIABLE_RESULTS and len(found) > results_before:
            searched = max(position - start, 1)
            missing = searched * (wanted - len(found)) / len(found)
            target = position + max(SPARE_FACTOR * missing, MIN_GROWTH * searched)
        else:
            # Next to nothing was found: go to where the sample has the next hit, then the second next, the fourth ...
            ahead = plan.hits[bisect_left(plan.hits, position) :]
            target = ahead[skip] + 1 if skip < len(ahead) else len(plan.sample)
            skip = 2 * skip + 1


def _first_target(plan: Plan, position: float) -> float:
    """The position up to which the first window's hits are expected, by the density of the nearest sampled hits."""
    if not isinstance(plan, IndexWindows | ReadInOrder):
        return position
    sampled_hits = plan.first_hits / plan.sample.lines_each
    ahead = plan.hits[bisect_left(plan.hits, position) :]
    nearest = min(len(ahead), max(NEAREST_HITS, round(sampled_hits)))
    if not nearest:
        return len(plan.sample)
    return position + (ahead[nearest - 1] + 1 - position) * sampled_hits / nearest


def _window(plan: Plan, first: date, last: date, position: float, target: float) -> Window:
    """The window from `last` back to a position, at least one day."""
    start = min(last, max(first, plan.sample.day_at(target) or first))
    if isinstance(plan, ReadInOrder):
        return Window(start, [*sql.in_order(plan.channels, start, last), *plan.conditions])
    if (last - start).days >= sql.MAX_DAY_KEYS:
        # The index finds whole months then; those of the first one are fetched in any case.
        start = max(first, start.replace(day=1))
    # Narrowing by time unpacks the pages of the index that list the lines of these months, of all channels. That pays
    # only if the candidates outside the window, which would be fetched in vain, cost more.
    inside = _count_between(plan.candidates, position, target)
    outside = (len(plan.candidates) - inside) * plan.sample.lines_each
    pages = max(target - position, 1) * plan.sample.lines_each / PAGE_LINES
    if plan.line_us * outside < PAGE_US * pages:
        return Window(first, [*plan.conditions, sql.within(date.min, last)])
    return Window(start, _narrowed(plan, start, last))


def _count_between(numbers: Sequence[int], start: float, end: float) -> int:
    return bisect_left(numbers, end) - bisect_left(numbers, start)


def _narrowed(plan: Plan, first: date, last: date) -> list[sql.Condition]:
    return [sql.within(first, last), *plan.conditions, sql.any_key(sql.time_keys(first, last))]


def _walk_by_days(plan: Plan, first: date, last: date) -> Iterator[Window]:
    """Windows of 32 days, eight times as many, and so on."""
    days = DAYS_WITHOUT_SAMPLE
    while True:
        start = date.fromordinal(max(first.toordinal(), last.toordinal() - days + 1))
        yield Window(start, _narrowed(plan, start, last))
        if start <= first:
            return
        last, days = start - _DAY, days * GROWTH_WITHOUT_SAMPLE
