"""Reading the archive: days, their parts, the place of a line. Days are UTC, lines are in order of (at, id).

Every query starts from one channel and is answered by an index at a cost that does not grow with the archive.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from logs.models import Channel, Fill, Gap, Line, LineCounter
from logs.models.line import SAID

PART_LINES = 8000
"""The most lines that one page shows; a longer day comes in parts."""

LINES_BEFORE_LINKED = 200
"""How many lines stand before a linked line that is not in its day's first part."""


class DayLine(NamedTuple):
    """As much of a line as a page shows; thousands of them come at a fraction of the cost of model instances."""

    id: int
    at: datetime
    kind: int
    nick: str
    text: str
    target: str | None

    @property
    def day(self) -> date:
        return self.at.astimezone(UTC).date()


@dataclass(slots=True)
class DayPart:
    """Consecutive lines of one day, and the ids from which the parts before and after this one begin."""

    lines: list[DayLine]
    earlier: int | None = None
    later: int | None = None


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def utc_day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def parse_day(text: str) -> date | None:
    """The day written as 2026-11-23; None if there is no such day, or none on both sides of it to compare with."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if str(day) == text and MINYEAR < day.year < MAXYEAR else None


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """When a day begins, and when the next one does."""
    start = datetime.combine(day, time(), UTC)
    return start, start + timedelta(days=1)


def _of_day(channel: Channel, day: date) -> QuerySet[Line]:
    start, end = day_bounds(day)
    return Line.objects.filter(channel=channel, at__gte=start, at__lt=end)


def fetch_day_part(channel: Channel, day: date, start: int | None = None, *, newest: bool = False) -> DayPart:
    """A day; of a long one PART lines: from line `start` on (KeyError if the day lacks it), or the oldest or newest."""
    of_day = _of_day(channel, day)
    if start is not None:
        first = _line(of_day, start)
        lines = fetch_rows(of_day.filter(_from(first)).order_by("at", "id")[: PART_LINES + 1])
        later = lines.pop().id if len(lines) > PART_LINES else None
        return DayPart(lines, _part_before(of_day, first), later)
    if newest:
        lines = fetch_rows(of_day.order_by("-at", "-id")[: PART_LINES + 1])
        earlier = _part_before(of_day, lines[PART_LINES - 1]) if len(lines) > PART_LINES else None
        return DayPart(lines[:PART_LINES][::-1], earlier)
    lines = fetch_rows(of_day.order_by("at", "id")[: PART_LINES + 1])
    return DayPart(lines[:PART_LINES], None, lines[PART_LINES].id if len(lines) > PART_LINES else None)


def iterate_day_lines(channel: Channel, day: date, size: int = 2000) -> Iterator[list[DayLine]]:
    """All lines of a day, `size` at a time; between the lists nothing is held."""
    of_day = _of_day(channel, day).order_by("at", "id")
    lines = fetch_rows(of_day[:size])
    while lines:
        yield lines
        lines = fetch_rows(of_day.filter(_after(lines[-1]))[:size]) if len(lines) == size else []


def fetch_messages_of_day(channel: Channel, day: date, most: int, *, newest: bool = False) -> list[DayLine]:
    """The first things said on a day, in order; or the newest ones, the newest first."""
    order = ("-at", "-id") if newest else ("at", "id")
    return fetch_rows(_of_day(channel, day).filter(kind__in=SAID).order_by(*order)[:most])


def fetch_line_range(channel: Channel, line: DayLine, last: int, most: int) -> list[DayLine]:
    """The first lines of a line's day with ids from its own to `last`, in either order; in the day's order."""
    ids = min(line.id, last), max(line.id, last)
    return fetch_rows(_of_day(channel, line.day).filter(id__range=ids).order_by("at", "id")[:most])


def find_part_start(channel: Channel, line: DayLine, *, newest: bool = False) -> int | None:
    """From where the part of its day begins that shows this line; None if the day's page shows it as it comes."""
    of_day = _of_day(channel, line.day)
    others = of_day.filter(_after(line) if newest else _before(line))
    if others[:PART_LINES].count() < PART_LINES:
        return None
    return _back(of_day, line, LINES_BEFORE_LINKED) or line.id


def fetch_line(channel: Channel, number: int) -> DayLine | None:
    return next(iter(fetch_rows(Line.objects.filter(channel=channel, id=number))), None)


def fetch_lines_by_channel(numbers: dict[int, int]) -> dict[int, DayLine]:
    """Of each of these channels the line with this id, by channel; one query for all."""
    columns = ", ".join(f"line.{name}" for name in DayLine._fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT line.channel_id, {columns} FROM unnest(%s::int[], %s::int[]) AS wanted (channel, id)"  # noqa: S608
            " JOIN logs_line AS line ON line.channel_id = wanted.channel AND line.id = wanted.id",
            [list(numbers), list(numbers.values())],
        )
        return {channel: DayLine._make(line) for channel, *line in cursor.fetchall()}


def find_line_at(channel: Channel, moment: datetime) -> DayLine | None:
    """The first line of the moment's day that is not before it, or else the last one of that day."""
    of_day = _of_day(channel, utc_day(moment))
    later = fetch_rows(of_day.filter(at__gte=moment).order_by("at", "id")[:1])
    found = later or fetch_rows(of_day.filter(at__lt=moment).order_by("-at", "-id")[:1])
    return found[0] if found else None


def last_id(channel: Channel) -> int:
    """The highest id given out in the channel, 0 if none. Read it before the lines of a page that then goes live."""
    return LineCounter.objects.filter(channel=channel).values_list("last_id", flat=True).first() or 0


def fetch_gaps(channel: Channel, day: date) -> list[Gap]:
    """The gaps of a day, in order, also those that began before it or go on after it."""
    start, end = day_bounds(day)
    in_day = Gap.objects.filter(Q(to_at__gt=start) | Q(to_at=None), channel=channel, from_at__lt=end)
    return list(in_day.order_by("from_at"))


def fetch_fills(channel: Channel, lines: Collection[DayLine]) -> list[Fill]:
    """The logs of others that some of these lines may be from."""
    if not lines:
        return []
    numbers = [line.id for line in lines]
    return list(Fill.objects.filter(channel=channel, first__lte=max(numbers), last__gte=min(numbers)))


def fetch_rows(lines: QuerySet[Line]) -> list[DayLine]:
    return [DayLine._make(row) for row in lines.values_list(*DayLine._fields)]


def _line(lines: QuerySet[Line], number: int) -> DayLine:
    found = fetch_rows(lines.filter(id=number))
    if not found:
        raise KeyError(number)
    return found[0]


def _from(line: DayLine) -> Q:
    return Q(at__gt=line.at) | Q(at=line.at, id__gte=line.id)


def _after(line: DayLine) -> Q:
    return Q(at__gt=line.at) | Q(at=line.at, id__gt=line.id)


def _before(line: DayLine) -> Q:
    return Q(at__lt=line.at) | Q(at=line.at, id__lt=line.id)


def _part_before(of_day: QuerySet[Line], line: DayLine) -> int | None:
    return _back(of_day, line, PART_LINES)


def _back(of_day: QuerySet[Line], line: DayLine, count: int) -> int | None:
    """The id of the line `count` lines before this one, or of the day's first; None if there is none before it."""
    ids = of_day.filter(_before(line)).order_by("-at", "-id").values_list("id", flat=True)[:count]
    return next(reversed(ids), None)
