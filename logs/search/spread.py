"""How lines are spread over time, so that a search can say how far back so many of them reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

_DAY = timedelta(days=1)


class Stretch(NamedTuple):
    """Some days with about `lines` lines; the day in the middle of them stands for all, as if it came `times` times."""

    lines: float
    middle: date
    times: float


class _Month(NamedTuple):
    first: date
    last: date
    lines: float

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class Spread:
    """From `first` to `last`, both included; within a month every day counts the same."""

    def __init__(self, first: date, last: date, months: Mapping[date, float]) -> None:
        """`months`: lines by the first day of a month; nothing needs to be exact. If there are none, all days count."""
        self.first, self.last = first, last
        self._months = list(_clipped(first, last, months)) or [_Month(first, last, (last - first).days + 1)]
        self.lines = sum(month.lines for month in self._months)

    def start(self, last: date, lines: float) -> date:
        """The day from which on there are about so many lines up to the end of `last`; at worst the first of all."""
        for month in self._until(last):
            if month.lines >= lines:
                return month.last - _DAY * (min(month.days, max(1, round(lines / month.lines * month.days))) - 1)
            lines -= month.lines
        return self.first

    def until(self, last: date) -> float:
        """About how many lines there are up to the end of a day."""
        return sum(month.lines for month in self._until(last))

    def between(self, first: date, last: date) -> float:
        """About how many lines there are from one day to another, both included."""
        return self.until(last) - (self.until(first - _DAY) if first > self.first else 0)

    def stretches(self, last: date, number: int) -> list[Stretch]:
        """About so many stretches with as many lines each, the newest first."""
        size = self.until(last) / number
        found = []
        start = size / 2
        for month in self._until(last):
            daily = month.lines / month.days
            while start < month.lines:
                found.append(Stretch(size, month.last - _DAY * int(start / daily), size / daily))
                start += size
            start -= month.lines
        return found

    def _until(self, last: date) -> Iterator[_Month]:
        for month in self._months:
            if month.last <= last:
                yield month
            elif month.first <= last:
                yield _Month(month.first, last, month.lines * ((last - month.first).days + 1) / month.days)


def _clipped(first: date, last: date, months: Mapping[date, float]) -> Iterator[_Month]:
    """Of the months what lies between two days, the newest first."""
    for start in sorted(months, reverse=True):
        following = start.toordinal() + 32
        end = date.fromordinal(following).replace(day=1) - _DAY if following < date.max.toordinal() else date.max
        inside = _Month(max(start, first), min(end, last), 0)
        if inside.days > 0 and months[start] > 0:
            yield inside._replace(lines=months[start] * inside.days / ((end - start).days + 1))
