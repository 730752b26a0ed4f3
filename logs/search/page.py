"""One page of results, newest first, at a cost that does not grow with the archive.

The plan's guess at the number of hits decides. Few: all are fetched and sorted. Many: time is walked backwards in
windows, each narrowed inside the index by its days, months and years, and the walk ends when the page is full.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet

from logs.models import Channel
from logs.models.channel import spelt
from logs.search import sql
from logs.search.asking import Asking, Found, TooSlowError, asking
from logs.search.grammar import Query
from logs.search.plan import Plan, plan
from logs.search.spread import Spread
from logs.search.windows import windows

SIZE = 50
SECONDS = 2.0

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Place(NamedTuple):
    """A line's place in the order of results; pages continue strictly before it."""

    at: datetime
    channel: int
    id: int

    @classmethod
    def of(cls, line: Found) -> Place:
        return cls(line.at, line.channel_id, line.id)

    @classmethod
    def read(cls, text: str) -> Place:
        """The inverse of `str`, for digits that are as many as a place may have."""
        microseconds, channel, number = map(int, text.split("-"))
        return cls(_EPOCH + timedelta(microseconds=microseconds), channel, number)

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.channel}-{self.id}"

    def condition(self) -> sql.Condition:
        return sql.Condition("((at + '0'::interval, channel_id, id) < (%s, %s::bigint, %s::bigint))", self)


@dataclass(slots=True)
class Page:
    """At most SIZE lines, newest first. `exact`: these are all that match.
    `plan` and `spread` are how they were looked for.

    A search that ran out of time has looked through the days down to `searched_back_to`, if any.
    """

    plan: Plan | None = None
    spread: Spread | None = None
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
    page.plan = way = plan(ask, query, channels, everything=everything)
    older = [before.condition()] if before else []
    if way.few:
        page.lines = ask.newest(way.whole.conditions + older, SIZE + 1)
    elif spread := _spread(ask, query, channels, everything=everything, before=before):
        page.spread = spread
        for conditions, first in windows(ask, way, spread, page.lines, SIZE + 1):
            page.lines += ask.newest(conditions + older, SIZE + 1 - len(page.lines))
            page.searched_back_to = first
            if len(page.lines) > SIZE:
                return
    page.exact = before is None and len(page.lines) <= SIZE


def _spread(
    ask: Asking, query: Query, channels: list[int], *, everything: bool, before: Place | None = None
) -> Spread | None:
    """How the lines are spread over the days in which there can be results."""
    found = ask.extent(channels, everything=everything)
    if found is None:
        return None
    first, last, months = found
    if query.after:
        first = max(first, query.after)
    if query.before:
        last = min(last, max(query.before, date(2, 1, 1)) - timedelta(days=1))
    if before:
        last = min(last, before.at.astimezone(UTC).date())
    return Spread(first, last, months, ask.frequencies().months) if first <= last else None


def channels_in(query: Query, channels: QuerySet[Channel]) -> QuerySet[Channel]:
    """Narrows channels to those that `in:` names: with or without `#`, and with or without `network/` before them."""
    wanted = Q()
    for name in query.channels:
        network, slash, channel = name.rpartition("/")
        of_network = Q(network__name__iexact=network) if slash else Q()
        wanted |= of_network & spelt([channel, f"#{channel}"]) if channel else of_network
    return channels.filter(wanted) if query.channels else channels
