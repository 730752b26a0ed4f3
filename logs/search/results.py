"""One page of results, newest first, at a cost that does not grow with the archive.

The plan's guess at the number of hits decides. Few: all are fetched and sorted. Many: time is walked backwards in
windows, each narrowed inside the index by its days, months and years, and the walk ends when the page is full.
"""
# MERGED: Results in their surroundings: each line with the CONTEXT lines before and after it, neighbours in one
# MERGED: passage.
# MERGED:
# MERGED: A passage reads downwards and passages come newest first; so that this stays so where every line is a result,
# MERGED: a passage
# MERGED: holds at most MOST_RESULTS.
# MERGED:

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet

from logs.archive import DayLine
from logs.models import Channel
from logs.models.channel import match_names
from logs.search import sql
from logs.search.database import Asking, Found, TooSlowError, asking
from logs.search.planner import Plan, plan
from logs.search.query_parser import Query
from logs.search.sql import WORDY
from logs.search.statistics import Spread
from logs.search.windows import windows

SIZE = 50
SECONDS = 2.0

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ResultPosition(NamedTuple):
    """A line's place in the order of results; pages continue strictly before it."""

    at: datetime
    channel: int
    id: int

    @classmethod
    def of(cls, line: Found) -> ResultPosition:
        return cls(line.at, line.channel_id, line.id)

    @classmethod
    def read(cls, text: str) -> ResultPosition:
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


def search(query: Query, channels: list[int], *, everything: bool, before: ResultPosition | None = None) -> Page:
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
    page: Page, ask: Asking, query: Query, channels: list[int], *, everything: bool, before: ResultPosition | None
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
    ask: Asking, query: Query, channels: list[int], *, everything: bool, before: ResultPosition | None = None
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
        wanted |= of_network & match_names([channel, f"#{channel}"]) if channel else of_network
    return channels.filter(wanted) if query.channels else channels


CONTEXT = 2
MOST_RESULTS = 10
CONTEXT_TIMEOUT_SECONDS = 0.5


@dataclass(slots=True)
class Passage:
    """Lines of one channel in reading order; `found` are the ids of the results among them."""

    channel: int
    lines: list[DayLine]
    found: set[int]

    @property
    def newest(self) -> DayLine:
        """The result that was said last."""
        return next(line for line in reversed(self.lines) if line.id in self.found)


def passages(results: Sequence[Found]) -> list[Passage]:
    """The results, which come newest first, in passages in the same order."""
    found: list[Passage] = []
    shown: list[DayLine] = []  # what stands above the last passage and goes on into it
    for result, lines in zip(results, _surroundings(results), strict=True):
        last = found[-1] if found else None
        if last is None or last.channel != result.channel_id or _place(lines[-1]) < _place(last.lines[0]):
            shown = []
            found.append(Passage(result.channel_id, lines, {result.id}))
        elif len(last.found) < MOST_RESULTS:
            last.lines = sorted({*lines, *last.lines}.difference(shown), key=_place)
            last.found.add(result.id)
        else:
            last.lines = shown = [line for line in last.lines if _place(line) > (result.at, result.id)]
            found.append(Passage(last.channel, [line for line in lines if line not in shown], {result.id}))
    return found


# Ordered by time and id, as days are read; what only came and went is no context.
_QUERY = """
SELECT hit.number, line.* FROM unnest(%s::int[], %s::int[], %s::timestamptz[]) WITH ORDINALITY
    AS hit (channel, id, at, number),
LATERAL (
    (SELECT id, at, kind, nick, text, target FROM logs_line WHERE channel_id = hit.channel
     AND at <= hit.at AND (at, id) < (hit.at, hit.id) AND kind = ANY(%s) ORDER BY at DESC, id DESC LIMIT %s)
    UNION ALL
    (SELECT id, at, kind, nick, text, target FROM logs_line WHERE channel_id = hit.channel
     AND at >= hit.at AND (at, id) > (hit.at, hit.id) AND kind = ANY(%s) ORDER BY at, id LIMIT %s)
) AS line
"""


def _surroundings(results: Sequence[Found]) -> list[list[DayLine]]:
    """For each result itself and its context, in reading order."""
    around = [[DayLine(line.id, line.at, line.kind, line.nick, line.text, line.target)] for line in results]
    if results:
        kinds = [kind.value for kind in WORDY]
        columns: list[list[object]] = [list(column) for column in zip(*map(_key, results), strict=True)]
        try:
            with asking(CONTEXT_TIMEOUT_SECONDS) as ask:
                for number, *line in ask.execute(_QUERY, [*columns, kinds, CONTEXT, kinds, CONTEXT]):
                    around[number - 1].append(DayLine._make(line))
        except TooSlowError:
            pass  # thousands of lines of the same moment: the results come without context
    return [sorted(lines, key=_place) for lines in around]


def _place(line: DayLine) -> tuple[object, int]:
    return line.at, line.id


def _key(line: Found) -> tuple[int, int, datetime]:
    return line.channel_id, line.id, line.at
