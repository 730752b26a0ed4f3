"""The counts as a visitor may see them: without the lines of closed periods that are hidden from the visitor.

Counts include all lines of a channel, and those of closed periods are counted once more by period. What is hidden is
subtracted when counts are read. For visitors from whom nothing is hidden, nearly all, statements read the tables of
counts as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

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
