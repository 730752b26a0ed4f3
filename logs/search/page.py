"""One page of results, newest first, at a cost that does not grow with the archive.

The planner's estimate decides. Few hits: all are fetched and sorted. Many: time is walked backwards in windows sized so
that one should hold a page, each narrowed inside the index by its days or months; the walk ends when the page is full.
Beginnings of words with many hits are read and compared day by day, because the index would first collect them all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from time import monotonic

from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet

from logs.models import Channel, Line
from logs.search import sql
from logs.search.grammar import Query
from logs.text.names import CASEMAPPINGS, fold

SIZE = 50
FEW = 1000
DENSE_PREFIX = 20_000
WISHED = 300
GROWTH = 2
SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """A line's place in the order of results; pages continue strictly before it."""

    at: datetime
    channel: int
    id: int

    @classmethod
    def of(cls, line: Line) -> Place:
        return cls(line.at, line.channel_id, line.id)


@dataclass(slots=True)
class Page:
    """At most SIZE lines, newest first. `likely`: about how many lines match, as a guess; `exact`: these are all.

    A search that ran out of time has looked through the days down to `searched_back_to`, if any.
    """

    lines: list[Line] = field(default_factory=list)
    more: bool = False
    likely: float = 0
    exact: bool = False
    too_slow: bool = False
    searched_back_to: date | None = None


def search(query: Query, channels: list[int], *, everything: bool, before: Place | None = None) -> Page:
    """A page of the lines in these channels. `everything`: they are all there are, so that none needs to be left out.

    Stops after SECONDS with what was found until then and `too_slow` set; holds no lock, writes nothing.
    """
    page = Page()
    if not channels or not query:
        page.exact = True
        return page
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL enable_seqscan = off")
        try:
            _fill(page, query, channels, everything=everything, before=before)
        except OperationalError as error:
            if not is_timeout(error):
                raise
            page.too_slow = True
            transaction.set_rollback(True)
    page.more = len(page.lines) > SIZE or page.too_slow
    allowed = set(channels)
    page.lines = [line for line in page.lines[:SIZE] if line.channel_id in allowed]
    return page


def is_timeout(error: OperationalError) -> bool:
    return getattr(error.__cause__, "pgcode", None) == "57014"


def _fill(page: Page, query: Query, channels: list[int], *, everything: bool, before: Place | None) -> None:
    deadline = monotonic() + SECONDS
    limit_time(SECONDS)
    place = in_channels(channels, everything=everything)
    page.likely = _likely(estimate(Line.objects.filter(*sql.indexed(query), *place)), query, place)
    indexed, checked = conditions(query)
    found = Line.objects.filter(*indexed, *checked, *place, *_before(before))
    if page.likely < FEW:
        page.lines = _newest(found, deadline, SIZE + 1)
        page.exact = before is None and len(page.lines) <= SIZE
        return
    days = bounds(query, channels, before)
    if days is None:
        page.exact = True
        return
    for first, last in _windows(*days, page.likely):
        window = found.filter(sql.any_key(sql.time_keys(first, last)), sql.within(first, last))
        page.lines += _newest(window, deadline, SIZE + 1 - len(page.lines))
        page.searched_back_to = first
        if len(page.lines) > SIZE:
            return
    page.exact = before is None


def conditions(query: Query) -> tuple[list[sql.Condition], list[sql.Condition]]:
    """What the index is asked for, and what is then read; frequent beginnings of words are read."""
    rare = all(estimate(Line.objects.filter(condition)) <= DENSE_PREFIX for condition in sql.beginnings(query))
    return sql.indexed(query, beginnings=rare), sql.checked(query, beginnings=rare)


def _likely(product: int, query: Query, place: list[sql.Condition]) -> float:
    """A better guess at the number of hits than the planner's, who takes a line's words for independent.

    They are not: the truth lies between his product and the rarest of the parts. This leans to the rarest part, for a
    window too small costs one more look, one too large a thousand rows too many.
    """
    parts = sql.parts(query)
    if len(parts) < 2:
        return product
    rarest = min(estimate(Line.objects.filter(part, *place)) for part in parts)
    return float(max(product, 1) ** 0.25 * max(rarest, product, 1) ** 0.75)


def in_channels(channels: list[int], *, everything: bool) -> list[sql.Condition]:
    if everything:
        return []
    return [sql.any_key(channels)]


def _before(place: Place | None) -> list[sql.Condition]:
    if place is None:
        return []
    params = [place.at, place.channel, place.id]
    return [sql.Condition("((at + '0'::interval, channel_id, id) < (%s, %s, %s))", params)]


def _newest(lines: QuerySet[Line], deadline: float, count: int) -> list[Line]:
    limit_time(deadline - monotonic())
    return list(lines.order_by("-at", "-channel_id", "-id")[:count])


def limit_time(seconds: float) -> None:
    """Stops each later statement of this transaction that takes longer."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {max(1, round(seconds * 1000))}")


def estimate(lines: QuerySet[Line]) -> int:
    """How many lines the planner expects; costs no look at the table."""
    plan = json.loads(lines.order_by().values_list("id").explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])


def bounds(query: Query, channels: list[int], before: Place | None = None) -> tuple[date, date] | None:
    """The first and the last day in which there can be results."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT min(first), max(last) FROM unnest(%s) AS channel(id),
               LATERAL (SELECT (SELECT at FROM logs_line WHERE channel_id = channel.id ORDER BY at LIMIT 1) AS first,
                (SELECT at FROM logs_line WHERE channel_id = channel.id ORDER BY at DESC LIMIT 1) AS last) AS ends""",
            [channels],
        )
        first, last = cursor.fetchone()
    if first is None:
        return None
    first_day, last_day = first.astimezone(UTC).date(), last.astimezone(UTC).date()
    if before:
        last_day = min(last_day, before.at.astimezone(UTC).date())
    if query.before:
        if query.before <= first_day:
            return None
        last_day = min(last_day, query.before - timedelta(days=1))
    if query.after:
        first_day = max(first_day, query.after)
    return (first_day, last_day) if first_day <= last_day else None


def _windows(first: date, last: date, hits: float) -> Iterator[tuple[date, date]]:
    """Intervals of days, both ends included, newest first; each GROWTH times as long as the one before."""
    days = max(1, round(WISHED * ((last - first).days + 1) / max(hits, 1)))
    while first <= last:
        start = max(first, last - timedelta(days=min(days, 10_000) - 1))
        if (last - start).days >= sql.MOST_DAYS:
            start = max(first, start.replace(day=1))
        yield start, last
        last = start - timedelta(days=1)
        days *= GROWTH


def channels_in(query: Query, channels: QuerySet[Channel]) -> QuerySet[Channel]:
    """Narrows channels to those that `in:` names: with or without `#`, and with or without `network/` before them."""
    wanted = Q()
    for name in query.channels:
        network, slash, channel = name.rpartition("/")
        of_network = Q(network__name__iexact=network) if slash else Q()
        wanted |= of_network & _spelt(channel) if channel else of_network
    return channels.filter(wanted) if query.channels else channels


def _spelt(name: str) -> Q:
    spelt = Q()
    for mapping in CASEMAPPINGS:
        folded = [fold(name, mapping), fold(f"#{name}", mapping)]
        spelt |= Q(network__casemapping=mapping, folded__in=folded)
    return spelt
