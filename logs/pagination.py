"""Pages of a channel's lines for the API: in reading order, continued from a line's position, with the gaps between."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from logs.archive import DayLine, fetch_line, fetch_rows
from logs.models import Channel, Gap, Line

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POSITION = re.compile(r"([0-9]{1,17})-([0-9]{1,10})", re.ASCII)
MAX_LINE_ID = 2**31 - 1

MAX_GAPS = 1000
"""Gaps returned with a page. More occur only where nothing was said between them."""


class LinePosition(NamedTuple):
    """The position of a line in reading order; it stays valid when the line is removed."""

    at: datetime
    id: int

    @classmethod
    def of(cls, line: DayLine) -> LinePosition:
        return cls(line.at, line.id)

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.id}"


@dataclass(slots=True)
class LinePage:
    """Lines in reading order. `earlier` and `later` continue from the page's ends; None where no more lines exist.

    `gaps` are those between the line before the page and the line after it.
    """

    lines: list[DayLine] = field(default_factory=list)
    earlier: LinePosition | None = None
    later: LinePosition | None = None
    gaps: list[Gap] = field(default_factory=list)


def parse_position(channel: Channel, text: str) -> LinePosition | None:
    """Parse a line's id, or a position as a page returns it; None if no line has the id any more."""
    if match := _POSITION.fullmatch(text):
        number = min(int(match[2]), MAX_LINE_ID)
        return LinePosition(_EPOCH + timedelta(microseconds=int(match[1])), number)
    line = fetch_line(channel, int(text)) if int(text) <= MAX_LINE_ID else None
    return LinePosition.of(line) if line else None


class LineReader:
    """Fetches pages of at most `limit` lines of a channel, from `since` on and before `until`."""

    def __init__(self, channel: Channel, limit: int, since: datetime | None = None, until: datetime | None = None):
        self.channel, self.limit, self.since, self.until = channel, limit, since, until
        times = (Q(at__gte=since) if since else Q()) & (Q(at__lt=until) if until else Q())
        self._lines = Line.objects.filter(times, channel=channel)

    def between(self, after: LinePosition | None, before: LinePosition | None) -> None:
        """Restrict all pages to the lines after one position and before another."""
        self._lines = self._lines.filter(_after(after) if after else Q(), _before(before) if before else Q())

    def oldest(self) -> LinePage:
        lines, following = self._up(Q(), self.limit)
        return self._page(None, lines, following)

    def newest(self) -> LinePage:
        lines, previous = self._down(Q(), self.limit)
        return self._page(previous, lines, None)

    def after(self, place: LinePosition) -> LinePage:
        lines, following = self._up(_after(place), self.limit)
        previous, _ = self._down(_up_to(place), 1)
        return self._page(next(iter(previous), None), lines, following)

    def before(self, place: LinePosition) -> LinePage:
        lines, previous = self._down(_before(place), self.limit)
        following, _ = self._up(_from(place), 1)
        return self._page(previous, lines, next(iter(following), None))

    def around(self, place: LinePosition) -> LinePage:
        """Return as many lines before the position as from it on."""
        half = self.limit // 2
        earlier, previous = self._down(_before(place), half)
        later, following = self._up(_from(place), self.limit - half)
        return self._page(previous, earlier + later, following)

    def _up(self, condition: Q, count: int) -> tuple[list[DayLine], DayLine | None]:
        """Return the first `count` lines in reading order, and the one that follows."""
        lines = fetch_rows(self._lines.filter(condition).order_by("at", "id")[: count + 1])
        return lines[:count], lines[count] if len(lines) > count else None

    def _down(self, condition: Q, count: int) -> tuple[list[DayLine], DayLine | None]:
        """Return the last `count` lines in reading order, and the one before them."""
        lines = fetch_rows(self._lines.filter(condition).order_by("-at", "-id")[: count + 1])
        return lines[:count][::-1], lines[count] if len(lines) > count else None

    def _page(self, previous: DayLine | None, lines: list[DayLine], following: DayLine | None) -> LinePage:
        # The neighbours bound the gaps, so that consecutive pages together return each gap between their lines.
        gaps = self._gaps(previous.at if previous else self.since, following.at if following else self.until)
        first, last = (lines[0], lines[-1]) if lines else (following, previous)
        return LinePage(
            lines,
            LinePosition.of(first) if previous and first else None,
            LinePosition.of(last) if following and last else None,
            gaps,
        )

    def _gaps(self, start: datetime | None, end: datetime | None) -> list[Gap]:
        gaps = Gap.objects.filter(channel=self.channel)
        gaps = gaps.filter(Q(to_at=None) | Q(to_at__gt=start)) if start else gaps
        gaps = gaps.filter(from_at__lt=end) if end else gaps
        return list(gaps.order_by("from_at")[:MAX_GAPS])


# The redundant bound by time alone is the one that PostgreSQL can use as an index condition; the rest only filters.
def _after(place: LinePosition) -> Q:
    return Q(at__gte=place.at) & (Q(at__gt=place.at) | Q(id__gt=place.id))


def _from(place: LinePosition) -> Q:
    return Q(at__gte=place.at) & (Q(at__gt=place.at) | Q(id__gte=place.id))


def _before(place: LinePosition) -> Q:
    return Q(at__lte=place.at) & (Q(at__lt=place.at) | Q(id__lt=place.id))


def _up_to(place: LinePosition) -> Q:
    return Q(at__lte=place.at) & (Q(at__lt=place.at) | Q(id__lte=place.id))
