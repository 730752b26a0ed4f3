"""One page of results, newest first, at a cost that does not grow with the archive.

The plan's guess at the number of hits decides. Few: all are fetched and sorted. Many: time is walked backwards in
windows, each narrowed inside the index by its days or months, and the walk ends when the page is full. The first window
should hold a page if hits were spread evenly; if it does not, a sample of days tells where the next ones should end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet

from logs.models import Channel
from logs.search import sql
from logs.search.asking import Asking, Found, TooSlowError, asking
from logs.search.grammar import Query
from logs.search.plan import READ_WISHED, Plan, plan
from logs.text.names import CASEMAPPINGS, fold

SIZE = 50
FEW = 1000
WISHED = 250
GROWTH = 2
SAMPLED_DAYS = 64
SECONDS = 2.0


class Place(NamedTuple):
    """A line's place in the order of results; pages continue strictly before it."""

    at: datetime
    channel: int
    id: int

    @classmethod
    def of(cls, line: Found) -> Place:
        return cls(line.at, line.channel_id, line.id)

    def condition(self) -> sql.Condition:
        return sql.Condition("((at + '0'::interval, channel_id, id) < (%s, %s, %s))", self)


@dataclass(slots=True)
class Page:
    """At most SIZE lines, newest first. `exact`: these are all that match. `plan` is how they were looked for.

    A search that ran out of time has looked through the days down to `searched_back_to`, if any.
    """

    plan: Plan | None = None

    lines: list[Found] = field(default_factory=list)
    more: bool = False
    exact: bool = False
    too_slow: bool = False
    searched_back_to: date | None = None


def search(query: Query, channels: list[int], *, everything: bool, before: Place | None = None) -> Page:
    """A page of the lines in these channels. `everything`: they are all there are, so that none needs to be left out.

    Stops after SECONDS with what was found until then and `too_slow` set.
    """
    page = Page()
    if not channels or not query:
        page.exact = True
        return page
    try:
        with asking(SECONDS) as ask:
            _fill(page, ask, query, channels, everything=everything, before=before)
    except TooSlowError:
        page.too_slow = True
    page.more = len(page.lines) > SIZE or page.too_slow
    allowed = set(channels)
    page.lines = [line for line in page.lines[:SIZE] if line.channel_id in allowed]
    return page


def _fill(
    page: Page, ask: Asking, query: Query, channels: list[int], *, everything: bool, before: Place | None
) -> None:
    page.plan = way = plan(ask, query, sql.in_channels(channels, everything=everything))
    older = [before.condition()] if before else []
    if way.likely < FEW and not way.reads:
        page.lines = ask.newest(way.conditions + older, SIZE + 1)
    elif days := span(ask, query, channels, before):
        for conditions, first, last in _windows(ask, way, *days):
            window = [sql.any_key(sql.time_keys(first, last)), sql.within(first, last)]
            page.lines += ask.newest(conditions + window + older, SIZE + 1 - len(page.lines))
            page.searched_back_to = first
            if len(page.lines) > SIZE:
                return
    page.exact = before is None and len(page.lines) <= SIZE


def span(ask: Asking, query: Query, channels: list[int], before: Place | None = None) -> tuple[date, date] | None:
    """The first and the last day in which there can be results."""
    ends = ask.ends(channels)
    if ends is None:
        return None
    first, last = ends
    if query.after:
        first = max(first, query.after)
    if query.before:
        last = min(last, max(query.before, date(2, 1, 1)) - timedelta(days=1))
    if before:
        last = min(last, before.at.astimezone(UTC).date())
    return (first, last) if first <= last else None


def _windows(ask: Asking, way: Plan, first: date, last: date) -> Iterator[tuple[list[sql.Condition], date, date]]:
    """What to ask for, from which day to which, both included; the newest first."""
    span_days = (last - first).days + 1
    days = round((READ_WISHED if way.reads else WISHED) * span_days / max(way.likely, 1))
    start = max(first, last - timedelta(days=min(max(days, 1), 10_000) - 1))
    if (last - start).days >= sql.MOST_DAYS and not way.reads:
        start = max(first, start.replace(day=1))
    yield way.conditions, start, last
    end = last
    while start > first and (end - start).days * GROWTH < way.reads * span_days:
        last = start - timedelta(days=1)
        start = max(first, last - (end - last))
        yield way.conditions, start, last
    if start > first:
        way = way.otherwise or way
        for window in _sampled_windows(ask, way, first, start - timedelta(days=1)):
            yield way.conditions, *window


def _sampled_windows(ask: Asking, way: Plan, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Intervals that should hold WISHED hits, then GROWTH times as many and so on, as a sample of days has it."""
    wished = float(WISHED)
    stretches = _stretches(first, last, SAMPLED_DAYS)
    hits = ask.by_day([*way.indexed, sql.any_key(sql.day_key(middle) for _, middle, _ in stretches)])
    expected = 0.0
    for start, middle, end in stretches:
        daily = hits.get(middle, 0)
        rest = (end - start).days + 1
        while rest and expected + daily * rest >= wished:
            rest -= min(rest, max(1, round((wished - expected) / daily)))
            cut = start + timedelta(days=rest)
            yield cut, last
            last = cut - timedelta(days=1)
            expected = 0
            wished *= GROWTH
        expected += daily * rest
    if first <= last:
        yield first, last


def _stretches(first: date, last: date, number: int) -> list[tuple[date, date, date]]:
    """A span in stretches of equal length, newest first: first, middle and last day of each."""
    days = (last - first).days + 1
    length = max(1, -(-days // number))
    found = []
    while first <= last:
        start = max(first, last - timedelta(days=length - 1))
        found.append((start, start + (last - start) // 2, last))
        last = start - timedelta(days=1)
    return found


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
