"""Pages of a channel's lines for the API: in reading order, continued from a line's position, with the gaps between."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from logs.archive import DayLine, fetch_line, fetch_rows, last_id, readable_lines
from logs.models import Channel, Gap

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_POSITION = re.compile(r"(-?[0-9]{1,18})-([0-9]{1,10})", re.ASCII)
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

    @classmethod
    def parse(cls, text: str) -> LinePosition | None:
        """Parse a position as `str` writes it; None for any other text."""
        match = _POSITION.fullmatch(text)
        if match is None:
            return None
        # A time that Python does not know stands for the first or the last one that it knows.
        microseconds = max(_FIRST, min(int(match[1]), _LAST))
        return cls(_EPOCH + microseconds * _MICROSECOND, min(int(match[2]), MAX_LINE_ID))

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.id}"


@dataclass(slots=True)
class LinePage:
    """Lines in reading order. `earlier` and `later` continue from the page's ends; None where no more lines exist.

    `resume` is the position after which lines follow that come later, also where there are none yet. `gaps` are those
    between the line before the page and the line after it.
    """

    resume: LinePosition
    lines: list[DayLine] = field(default_factory=list)
    earlier: LinePosition | None = None
    later: LinePosition | None = None
    gaps: list[Gap] = field(default_factory=list)


def parse_position(channel: Channel, text: str, *, is_end: bool = False) -> LinePosition | None:
    """Parse a line's id, or a position as a page returns it; None for an id that was not given out yet.

    `is_end`: whether the page ends before the position, and does not begin after it.
    """
    if position := LinePosition.parse(text):
        return position
    number = int(text)
    line = fetch_line(channel, number) if number <= MAX_LINE_ID else None
    return LinePosition.of(line) if line else _find_place_of_removed(channel, number, is_end=is_end)


def _find_place_of_removed(channel: Channel, number: int, *, is_end: bool) -> LinePosition | None:
    """Return about where a line was that is not there any more: at one of its neighbours by id.

    Lines are stored nearly in reading order. Of two neighbours the one is taken with which the page may have
    a few lines from the other side of the removed one, and misses none.
    """
    if number > last_id(channel):
        return None
    lines = readable_lines(channel)
    before = fetch_rows(lines.filter(id__lt=number).order_by("-id")[:1])
    after = fetch_rows(lines.filter(id__gt=number).order_by("id")[:1])
    times = [line.at for line in before + after] or [_EPOCH]
    return LinePosition(max(times) if is_end else min(times), number)


class LineReader:
    """Fetches pages of at most `limit` lines of a channel, from `since` on and before `until`."""

    def __init__(self, channel: Channel, limit: int, since: datetime | None = None, until: datetime | None = None):
        self.channel, self.limit, self.since, self.until = channel, limit, since, until
        times = (Q(at__gte=since) if since else Q()) & (Q(at__lt=until) if until else Q())
        self._lines = readable_lines(channel).filter(times)

    def between(self, after: LinePosition | None, before: LinePosition | None) -> None:
        """Restrict all pages to the lines after one position and before another."""
        self._lines = self._lines.filter(_after(after) if after else Q(), _before(before) if before else Q())

    def oldest(self) -> LinePage:
        """Return the first lines from `since` on; `earlier` leads to those before that, which are not on the page."""
        lines, following = self._up(Q(), self.limit)
        page = self._page(None, lines, following)
        if self.since and readable_lines(self.channel).filter(at__lt=self.since).exists():
            page.earlier = LinePosition.of(lines[0]) if lines else LinePosition(self.since, 0)
        return page

    def newest(self) -> LinePage:
        lines, previous = self._down(Q(), self.limit)
        return self._page(previous, lines, None)

    def after(self, place: LinePosition) -> LinePage:
        lines, following = self._up(_after(place), self.limit)
        previous, _ = self._down(_up_to(place), 1)
        return self._page(next(iter(previous), None), lines, following, place)

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

    def _page(
        self,
        previous: DayLine | None,
        lines: list[DayLine],
        following: DayLine | None,
        start: LinePosition | None = None,
    ) -> LinePage:
        # The neighbours bound the gaps, so that consecutive pages together return each gap between their lines.
        gaps = self._gaps(previous.at if previous else self.since, following.at if following else self.until)
        first, last = (lines[0], lines[-1]) if lines else (following, previous)
        # Without lines everything from the start on is still to come; ids begin at 1.
        start = start or LinePosition(self.since or _EPOCH, 0)
        return LinePage(
            LinePosition.of(lines[-1]) if lines else start,
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
