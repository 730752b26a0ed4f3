"""How lines are spread over time, so that a search can say how far back so many of them reach."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import accumulate
from math import ceil
from typing import NamedTuple

ROUNDING = 1e-9


class Stretch(NamedTuple):
    """Some days with about `lines` lines; the day in the middle of them stands for all, as if it came `times` times."""

    lines: float
    middle: date
    times: float


class _Stay(NamedTuple):
    """Days, as ordinals, of which each has as many lines: from `first` on, up to `end` without it."""

    first: int
    end: int
    daily: float


class Months:
    """Lines by month, summed up once, so that what is asked of them costs next to nothing. All days are ordinals."""

    def __init__(self, lines: Mapping[date, float]) -> None:
        """`lines`: by the first day of a month; nothing needs to be exact."""
        self._fill([_month(month, lines[month]) for month in sorted(lines) if lines[month] > 0])

    @classmethod
    def evenly(cls, first: int, last: int) -> Months:
        """One line for each day."""
        months = cls({})
        months._fill([_Stay(first, last + 1, 1.0)])
        return months

    def _fill(self, stays: list[_Stay]) -> None:
        self._stays = stays
        self._firsts = [stay.first for stay in stays]
        self._sums = list(accumulate(((stay.end - stay.first) * stay.daily for stay in stays), initial=0.0))

    def until(self, day: int) -> float:
        """How many lines there are up to the end of a day."""
        number = bisect_right(self._firsts, day) - 1
        if number < 0:
            return 0.0
        stay = self._stays[number]
        return self._sums[number] + (min(day + 1, stay.end) - stay.first) * stay.daily

    def between(self, first: int, last: int) -> float:
        """How many lines there are from one day to another, both included."""
        return self.until(last) - self.until(first - 1)

    def start(self, lines: float) -> int:
        """The last day before which there are at most so many lines, fewer than all."""
        number = min(bisect_right(self._sums, lines), len(self._stays)) - 1
        stay = self._stays[number]
        return min(stay.first + int((lines - self._sums[number]) / stay.daily + ROUNDING), stay.end - 1)

    def day_of(self, lines: float) -> tuple[int, float]:
        """The day on which this line comes, counted from the first one, and how many lines that day has."""
        number = min(max(bisect_left(self._sums, lines), 1), len(self._stays)) - 1
        stay = self._stays[number]
        days = ceil((lines - self._sums[number]) / stay.daily - ROUNDING)
        return stay.first + min(max(days, 1), stay.end - stay.first) - 1, stay.daily


class Spread:
    """Lines from `first` to `last`, both included.

    `listed`: those of all channels, which the lists of the index hold.
    """

    def __init__(self, first: date, last: date, months: Months, listed: Months | None = None) -> None:
        """If months know of no line in this time, all days count the same."""
        self.first, self.last = first, last
        self._listed = listed or months
        self._months = months
        self._before = months.until(first.toordinal() - 1)
        self.lines = self.until(last)
        if self.lines <= 0:
            self._months, self._before = Months.evenly(first.toordinal(), last.toordinal()), 0.0
            self.lines = self.until(last)

    def start(self, last: date, lines: float) -> date:
        """The day from which on there are about so many lines up to the end of `last`; at worst the first of all."""
        rest = self.until(last) - lines
        if rest <= 0:
            return self.first
        return min(last, max(self.first, date.fromordinal(self._months.start(self._before + rest))))

    def until(self, last: date) -> float:
        """About how many lines there are up to the end of a day."""
        return self._months.until(min(last, self.last).toordinal()) - self._before

    def between(self, first: date, last: date) -> float:
        """About how many lines there are from one day to another, both included."""
        return self._months.between(first.toordinal(), min(last, self.last).toordinal())

    def since(self, day: int) -> float:
        """About how many lines there are from a day on, which is told as ordinal."""
        return self.lines - (self._months.until(day - 1) - self._before)

    def listed(self, first: date, last: date) -> float:
        """As many, of all channels."""
        return self._listed.between(first.toordinal(), last.toordinal())

    def stretches(self, last: date, number: int) -> list[Stretch]:
        """About so many stretches with as many lines each, the newest first."""
        return list(self._stretches(self.until(last), number))

    def _stretches(self, lines: float, number: int) -> Iterator[Stretch]:
        size = lines / number
        for place in range(number if size > 0 else 0):
            day, daily = self._months.day_of(self._before + lines - (place + 0.5) * size)
            yield Stretch(size, max(self.first, date.fromordinal(day)), size / daily)


def _month(first: date, lines: float) -> _Stay:
    """Its end is where the next one begins."""
    start = first.toordinal()
    following = start + 32
    end = date.fromordinal(following).replace(day=1).toordinal() if following < date.max.toordinal() else start + 31
    return _Stay(start, end, lines / (end - start))
