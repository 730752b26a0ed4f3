"""Queries for lines: a day, part of a long day, one line. Days are UTC; lines are ordered by (at, id).

Every query is limited to a channel and uses an index whose cost does not grow with the archive. `readable_lines` is
where all of them begin: lines of the channel's `hidden_periods` are never returned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from logs.models import Channel, Fill, Gap, Line, LineCounter, closed_period
from logs.models.line import SAID
from logs.models.postgres import CompiledQuery

PART_LINES = 8000
"""Maximum of lines on a page; a longer day is split into parts."""

ENDS_AFTER = timedelta(days=30)
"""A channel without the bot whose last line is older than this is not logged any more."""

LINES_BEFORE_LINKED = 200
"""Lines shown before a linked line that is not in its day's first part."""


class DayLine(NamedTuple):
    """The columns of a line that pages show. Thousands of tuples cost a fraction of as many model instances."""

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
    """Consecutive lines of a day. `earlier` and `later` are the ids at which the neighbouring parts start."""

    lines: list[DayLine]
    earlier: int | None = None
    later: int | None = None


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def utc_day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def parse_day(text: str) -> date | None:
    """Return the day written as 2026-11-23; None if it does not exist or has no previous or next day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if str(day) == text and MINYEAR < day.year < MAXYEAR else None


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the starts of this day and of the next."""
    start = datetime.combine(day, time(), UTC)
    return start, start + timedelta(days=1)


def readable_lines(channel: Channel) -> QuerySet[Line]:
    """Return the lines that may be read by the visitor for whom the channel was fetched."""
    return Line.objects.filter(closed_period.readable_lines(channel.hidden_periods), channel=channel)


def _of_day(channel: Channel, day: date) -> QuerySet[Line]:
    start, end = day_bounds(day)
    return readable_lines(channel).filter(at__gte=start, at__lt=end)


def fetch_day_part(channel: Channel, day: date, start: int | None = None, *, newest: bool = False) -> DayPart:
    """Return a day, or a part of a long one: from line `start` (KeyError if not in the day), the oldest or newest."""
    of_day = _of_day(channel, day)
    if start is not None:
        # One line more than a part holds tells whether another part follows, and where it starts.
        first = _line(of_day, start)
        lines = fetch_rows(of_day.filter(_from(first)).order_by("at", "id")[: PART_LINES + 1])
        later = lines.pop().id if len(lines) > PART_LINES else None
        return DayPart(lines, _part_before(of_day, first), later)
    rows = _end_of_day(newest=newest, hides=bool(channel.hidden_periods)).fetch_rows(
        channel.pk, *day_bounds(day), *([list(channel.hidden_periods)] if channel.hidden_periods else [])
    )
    lines = [DayLine._make(row) for row in rows]
    if newest:
        earlier = _part_before(of_day, lines[PART_LINES - 1]) if len(lines) > PART_LINES else None
        return DayPart(lines[:PART_LINES][::-1], earlier)
    return DayPart(lines[:PART_LINES], None, lines[PART_LINES].id if len(lines) > PART_LINES else None)


_CHANNEL, _DAY, _PERIOD = -1, date(2, 1, 1), -2
"""What stands for the channel, the day and the periods hidden from the visitor in compiled queries."""


@cache
def _end_of_day(*, newest: bool, hides: bool) -> CompiledQuery[Line]:
    """Compile the query for the newest or the oldest lines of a day: pages of days ask nothing else about lines."""
    channel = Channel(pk=_CHANNEL)
    channel.hidden_periods = [_PERIOD] if hides else []
    order = ("-at", "-id") if newest else ("at", "id")
    lines = _of_day(channel, _DAY).order_by(*order).values_list(*DayLine._fields)[: PART_LINES + 1]
    return CompiledQuery(lines, [_CHANNEL, *day_bounds(_DAY), *([[_PERIOD]] if hides else [])])


def iterate_day_lines(channel: Channel, day: date, size: int = 2000) -> Iterator[list[DayLine]]:
    """Yield all lines of a day, `size` at a time. No cursor or connection is held between the lists."""
    of_day = _of_day(channel, day).order_by("at", "id")
    lines = fetch_rows(of_day[:size])
    while lines:
        yield lines
        lines = fetch_rows(of_day.filter(_after(lines[-1]))[:size]) if len(lines) == size else []


def fetch_messages_of_day(
    channel: Channel, day: date, limit: int, *, newest: bool = False, before: tuple[datetime, int] | None = None
) -> list[DayLine]:
    """Return the first messages, actions and notices of a day in order, or the newest ones, newest first.

    With `before` only those before a time and id.
    """
    order = ("-at", "-id") if newest else ("at", "id")
    messages = _of_day(channel, day).filter(kind__in=SAID)
    if before:
        at, number = before
        messages = messages.filter(Q(at__lt=at) | Q(at=at, id__lt=number))
    return fetch_rows(messages.order_by(*order)[:limit])


def fetch_line_range(channel: Channel, line: DayLine, last: int, limit: int) -> list[DayLine]:
    """Return up to `limit` lines of the line's day with ids between its own and `last`, which may be the lower one."""
    ids = min(line.id, last), max(line.id, last)
    return fetch_rows(_of_day(channel, line.day).filter(id__range=ids).order_by("at", "id")[:limit])


def find_part_start(channel: Channel, line: DayLine, *, newest: bool = False) -> int | None:
    """Return the id at which to start the part of the day that shows this line; None if the day's own page shows it."""
    of_day = _of_day(channel, line.day)
    others = of_day.filter(_after(line) if newest else _before(line))
    if others[:PART_LINES].count() < PART_LINES:
        return None
    return _id_before(of_day, line, LINES_BEFORE_LINKED) or line.id


def fetch_line(channel: Channel, number: int) -> DayLine | None:
    return next(iter(fetch_rows(readable_lines(channel).filter(id=number))), None)


def fetch_said_line(channel: Channel, number: int) -> DayLine | None:
    """Return the message, action or notice with this id."""
    line = fetch_line(channel, number)
    return line if line and line.kind in SAID else None


def fetch_lines_by_channel(numbers: dict[int, int]) -> dict[int, DayLine]:
    """Return the lines with these ids (channel → id) by channel, in one query."""
    columns = ", ".join(f"line.{name}" for name in DayLine._fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT line.channel_id, {columns} FROM unnest(%s::int[], %s::int[]) AS wanted (channel, id)"  # noqa: S608
            " JOIN logs_line AS line ON line.channel_id = wanted.channel AND line.id = wanted.id",
            [list(numbers), list(numbers.values())],
        )
        return {channel: DayLine._make(line) for channel, *line in cursor.fetchall()}


def find_line_at(channel: Channel, moment: datetime) -> DayLine | None:
    """Return the first line of the moment's day at or after it, else the last line of that day."""
    of_day = _of_day(channel, utc_day(moment))
    later = fetch_rows(of_day.filter(at__gte=moment).order_by("at", "id")[:1])
    lines = later or fetch_rows(of_day.filter(at__lt=moment).order_by("-at", "-id")[:1])
    return lines[0] if lines else None


def find_nth_line(channel: Channel, day: date, place: int) -> int:
    """Return the id of a day's line by its place, which counts from 1 in reading order; 0 if the day has fewer."""
    of_day = _of_day(channel, day).order_by("at", "id").values_list("id", flat=True)
    return next(iter(of_day[place - 1 : place]), 0)


def last_id(channel: Channel) -> int:
    """Return the highest id given out in the channel, 0 if none.

    A page that follows live reads it before its lines: a line that is stored in between then comes twice, and the
    page drops the second one; read after them it would be missed.
    """
    return LineCounter.objects.filter(channel=channel).values_list("last_id", flat=True).first() or 0


def fetch_counter(channel: Channel) -> tuple[int, int]:
    """Return `last_id`, and how many messages, actions and notices the channel has, whoever may read them."""
    rows = _counter().fetch_rows(channel.pk)
    return (rows[0][0], rows[0][1]) if rows else (0, 0)


@cache
def _counter() -> CompiledQuery[LineCounter]:
    counters = LineCounter.objects.filter(channel=_CHANNEL).values_list("last_id", "said")
    return CompiledQuery(counters, [_CHANNEL])


def last_ids(channels: Iterable[Channel]) -> dict[int, int]:
    """Return the highest id given out in each channel, by the channel's primary key."""
    found = dict.fromkeys((channel.pk for channel in channels), 0)
    counters = LineCounter.objects.filter(channel__in=list(found))
    return found | dict(counters.values_list("channel", "last_id"))


def fetch_gaps(channel: Channel, day: date) -> list[Gap]:
    """Return the gaps that overlap a day, by their start."""
    return _gaps().fetch(channel.pk, *day_bounds(day))


@cache
def _gaps() -> CompiledQuery[Gap]:
    start, end = day_bounds(_DAY)
    in_day = Gap.objects.filter(Q(to_at__gt=start) | Q(to_at=None), channel=_CHANNEL, from_at__lt=end)
    return CompiledQuery(in_day.order_by("from_at"), [_CHANNEL, start, end])


def fetch_fills(channel: Channel, lines: Collection[DayLine]) -> list[Fill]:
    """Return the fills (ranges of ids imported from people's own logs) that may contain these lines, by their start."""
    if not lines:
        return []
    numbers = [line.id for line in lines]
    return _fills().fetch(channel.pk, max(numbers), min(numbers))


@cache
def _fills() -> CompiledQuery[Fill]:
    last, first = -2, -3
    fills = Fill.objects.filter(channel=_CHANNEL, first__lte=last, last__gte=first)
    return CompiledQuery(fills.order_by("first", "pk"), [_CHANNEL, last, first])


def fetch_rows(lines: QuerySet[Line]) -> list[DayLine]:
    return [DayLine._make(row) for row in lines.values_list(*DayLine._fields)]


def _line(lines: QuerySet[Line], number: int) -> DayLine:
    rows = fetch_rows(lines.filter(id=number))
    if not rows:
        raise KeyError(number)
    return rows[0]


def _from(line: DayLine) -> Q:
    return Q(at__gt=line.at) | Q(at=line.at, id__gte=line.id)


def _after(line: DayLine) -> Q:
    return Q(at__gt=line.at) | Q(at=line.at, id__gt=line.id)


def _before(line: DayLine) -> Q:
    return Q(at__lt=line.at) | Q(at=line.at, id__lt=line.id)


def _part_before(of_day: QuerySet[Line], line: DayLine) -> int | None:
    return _id_before(of_day, line, PART_LINES)


def _id_before(of_day: QuerySet[Line], line: DayLine, count: int) -> int | None:
    """Return the id `count` lines before this one, or that of the day's first line; None if this is the first."""
    ids = of_day.filter(_before(line)).order_by("-at", "-id").values_list("id", flat=True)[:count]
    return next(reversed(ids), None)
