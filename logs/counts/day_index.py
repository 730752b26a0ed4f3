"""Which days have lines, and how many: read from the counts, at a cost that does not grow with the archive.

Counts include all lines of a channel, and those of closed periods are counted once more by period. What is hidden from
a visitor is subtracted when counts are read. For visitors from whom nothing is hidden, nearly all, statements read the
tables of counts as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, ExtractYear
from django.utils import timezone

from logs.models import Channel, ClosedDayCount, DayCount

_SUBTRACTED = """
    (SELECT {key}, {others} {counts} FROM {table} AS total LEFT JOIN (
        SELECT {key}, {sums} FROM {closed} WHERE period_id = ANY(%(hidden)s) GROUP BY {key}
    ) AS hidden USING ({key}))
"""


def _subtract(table: str, closed: str, key: str, counts: Sequence[str], others: str = "") -> str:
    """Return a subquery with the columns of a table of counts, less those of the periods in the parameter `hidden`."""
    return _SUBTRACTED.format(
        table=table,
        closed=closed,
        key=key,
        others=others,
        counts=", ".join(f"total.{count} - coalesce(hidden.{count}, 0) AS {count}" for count in counts),
        sums=", ".join(f"sum({count})::integer AS {count}" for count in counts),
    )


_SUBQUERIES = {
    "days": _subtract(
        "logs_daycount", "logs_closeddaycount", "channel_id, day", ("lines", "said"), "revision, changed_at,"
    ),
    "hours": _subtract("logs_hourcount", "logs_closedhourcount", "channel_id, year, hour", ("said",)),
    "nicks": _subtract("logs_nickcount", "logs_closednickcount", "channel_id, year, nick", ("said",), "folded,"),
}
_TABLES = {"days": "logs_daycount", "hours": "logs_hourcount", "nicks": "logs_nickcount"}


def with_counts(statement: str, hidden_periods: Sequence[int]) -> str:
    """Fill in what a statement reads counts from: `{days}`, `{hours}` and `{nicks}`, each followed by an alias.

    If anything is hidden, the statement needs the parameter `hidden`, a list of periods. Rows whose count is 0 may
    remain: the statement excludes them.
    """
    for name, source in (_SUBQUERIES if hidden_periods else _TABLES).items():
        statement = statement.replace(f"{{{name}}}", source)
    return statement


def readable_days(channel: Channel) -> Any:
    """Return a queryset of the days of a channel, with the counts of readable lines as `seen_lines` and `seen_said`."""
    days = DayCount.objects.filter(channel=channel)
    if not channel.hidden_periods:
        return days.annotate(seen_lines=F("lines"), seen_said=F("said"))
    hidden = ClosedDayCount.objects.filter(
        channel=OuterRef("channel"), day=OuterRef("day"), period__in=list(channel.hidden_periods)
    )
    return days.annotate(
        seen_lines=F("lines") - _sum_of(hidden, "lines"), seen_said=F("said") - _sum_of(hidden, "said")
    )


def _sum_of(hidden: QuerySet[ClosedDayCount], count: str) -> Coalesce:
    total = hidden.order_by().values("day").annotate(total=Sum(count)).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)


class DayNeighbours(NamedTuple):
    """A day's lines and revision, and the nearest days before and after it that have lines."""

    lines: int
    revision: int
    previous: date | None
    next: date | None


class DayPage(NamedTuple):
    """Days in order, each with its lines and messages; `earlier` and `later` are the cursors of the pages beside."""

    days: list[tuple[date, int, int]]
    earlier: date | None
    later: date | None


_NEIGHBOURS = """
    SELECT coalesce(max(lines), 0), coalesce(max(revision), 0),
        (SELECT day FROM {days} AS earlier WHERE channel_id = %(channel)s AND day < %(day)s AND lines > 0
         ORDER BY day DESC LIMIT 1),
        (SELECT day FROM {days} AS later WHERE channel_id = %(channel)s AND day > %(day)s AND lines > 0
         ORDER BY day LIMIT 1)
    FROM {days} AS this WHERE channel_id = %(channel)s AND day = %(day)s
"""


def day_neighbours(channel: Channel, day: date) -> DayNeighbours:
    """Return the lines and revision of a day, 0 if it has none, with its neighbours."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"channel": channel.pk, "day": day, "hidden": list(channel.hidden_periods)}
        cursor.execute(with_counts(_NEIGHBOURS, channel.hidden_periods), values)
        return DayNeighbours._make(cursor.fetchone())


def latest_day(channel: Channel) -> date | None:
    latest: date | None = _with_lines(channel).order_by("-day").values_list("day", flat=True).first()
    return latest


def nearest_day(channel: Channel, day: date) -> date | None:
    """Return the day with lines that is closest to a day, possibly itself; of two equally close ones the later."""
    neighbours = day_neighbours(channel, day)
    # min() returns the first of equals, so the later neighbour stands before the earlier one.
    candidates = [day if neighbours.lines else None, neighbours.next, neighbours.previous]
    return min((each for each in candidates if each), key=lambda each: abs(each - day), default=None)


def first_open_day(channel: Channel) -> date:
    """Return the first day whose lines may not all be published yet, because of the channel's delay."""
    return (timezone.now() - timedelta(minutes=channel.delay)).astimezone(UTC).date()


def newest_days(channel: Channel, limit: int, before: date = date.max) -> list[DayCount]:
    """Return the newest days with messages, the newest first, their counts as the visitor may see them."""
    counts = list(readable_days(channel).filter(seen_said__gt=0, day__lt=before).order_by("-day")[:limit])
    for count in counts:
        count.lines, count.said = count.seen_lines, count.seen_said
    return counts


# From each year that has lines one step back to the next one: as many looks into the key as there are years. Days whose
# lines are gone count for when a year has changed, which is asked for the last year only: it is the one that changes.
_YEARS = """
    WITH RECURSIVE step AS (
        SELECT id AS channel, 1 AS number,
            (SELECT max(day) FROM {days} AS counts WHERE channel_id = id AND lines > 0) AS day
        FROM unnest(%(channels)s::integer[]) AS id
        UNION ALL SELECT channel, number + 1, (
            SELECT max(day) FROM {days} AS counts
            WHERE channel_id = channel AND lines > 0 AND day < date_trunc('year', step.day)::date
        ) FROM step WHERE day IS NOT NULL
    )
    SELECT channel, extract(year FROM day)::integer, CASE WHEN number = 1 THEN (
        SELECT max(changed_at) FROM logs_daycount
        WHERE channel_id = channel AND day >= date_trunc('year', step.day)::date
    ) END FROM step WHERE day IS NOT NULL ORDER BY number, channel LIMIT %(limit)s
"""


def years_of(
    channels: list[int], limit: int, hidden_periods: Sequence[int] = ()
) -> list[tuple[int, int, datetime | None]]:
    """Return (channel, year, last change) of the years with lines, the newest first.

    Only the newest year of a channel has the time of its last change.
    """
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"channels": channels, "limit": limit, "hidden": list(hidden_periods)}
        cursor.execute(with_counts(_YEARS, hidden_periods), values)
        return list(cursor.fetchall())


def fetch_page(channel: Channel, limit: int, *, after: date | None = None, before: date | None = None) -> DayPage:
    """Return the first days after one (with both: between them), or the last days before one or of all."""
    rows = _with_lines(channel).values_list("day", "seen_lines", "seen_said")
    # One day more than the page holds shows whether there is another page.
    if after:
        between = rows.filter(day__gt=after, day__lt=before or date.max)
        days = list(between.order_by("day")[: limit + 1])
        earlier = days[0][0] if days and rows.filter(day__lte=after).exists() else None
        return DayPage(days[:limit], earlier, days[limit - 1][0] if len(days) > limit else None)
    days = list((rows.filter(day__lt=before) if before else rows).order_by("-day")[: limit + 1])
    later = days[0][0] if days and before and rows.filter(day__gte=before).exists() else None
    return DayPage(days[:limit][::-1], days[limit - 1][0] if len(days) > limit else None, later)


def years(channel: Channel) -> dict[int, int]:
    """Return the lines of each year that has any, the newest year first."""
    by_year = _with_lines(channel).values(year=ExtractYear("day")).annotate(total=Sum("seen_lines"))
    return {row["year"]: row["total"] for row in by_year.order_by("-year")}


def days_of_year(channel: Channel, year: int) -> dict[date, int]:
    """Return the lines of each day of a year that has any."""
    return dict(_with_lines(channel).filter(day__year=year).values_list("day", "seen_lines"))


def _with_lines(channel: Channel) -> Any:
    return readable_days(channel).filter(seen_lines__gt=0)
