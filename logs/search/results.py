"""Find one page of results, newest or oldest first, at a cost that does not grow with the archive, and lines around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import NamedTuple

from django.db.models import Q, QuerySet

from logs.archive import DayLine
from logs.models import Channel
from logs.models.channel import match_names
from logs.search import sql
from logs.search.database import FoundLine, SearchSession, TooSlowError, open_session
from logs.search.planner import FetchAll, Plan, make_plan
from logs.search.query_parser import Query
from logs.search.sample import sample_cache
from logs.search.sql import KINDS_WITH_WORDS
from logs.search.windows import walk

PAGE_SIZE = 50
SEARCH_TIMEOUT_SECONDS = 2.0

DAY_RANGE_SECONDS = 5.0
"""How long the first and last day with lines are cached: they change at midnight and by imports."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_DAY_RANGE = """
    SELECT min(first AT TIME ZONE 'UTC')::date, max(last AT TIME ZONE 'UTC')::date
    FROM unnest(%s::integer[]) AS channel(id), LATERAL (SELECT
        (SELECT at FROM logs_line WHERE channel_id = channel.id ORDER BY at LIMIT 1) AS first,
        (SELECT at FROM logs_line WHERE channel_id = channel.id ORDER BY at DESC LIMIT 1) AS last) AS ends
"""
_day_ranges: dict[tuple[int, ...], tuple[float, date, date]] = {}
"""By channels: when the entry expires, and the first and last day."""


class ResultPosition(NamedTuple):
    """A line's position in the order of results; the next page continues strictly behind it."""

    at: datetime
    channel: int
    id: int

    @classmethod
    def of(cls, line: FoundLine) -> ResultPosition:
        return cls(line.at, line.channel_id, line.id)

    @classmethod
    def read(cls, text: str) -> ResultPosition:
        """The inverse of `str`; the caller has checked that the text is three numbers."""
        microseconds, channel, number = map(int, text.split("-"))
        return cls(_EPOCH + timedelta(microseconds=microseconds), channel, number)

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.channel}-{self.id}"

    @classmethod
    def at_day(cls, day: date, *, oldest: bool) -> ResultPosition:
        """Where the results of a day begin: behind it if the newest come first."""
        start = datetime.combine(day, time(), UTC)
        return cls(start, 0, 0) if oldest else cls(start + timedelta(days=1), 0, 0)

    def condition(self, *, oldest: bool) -> sql.Condition:
        sign = ">" if oldest else "<"
        return sql.Condition(f"((at + '0'::interval, channel_id, id) {sign} (%s, %s::bigint, %s::bigint))", self)


@dataclass(slots=True)
class Page:
    """At most `size` lines, newest first, or oldest first if the query says so. `is_exact`: they are all that match.

    A search that ran out of time has covered the days from where it began to `searched_to`, if any.
    """

    plan: Plan | None = None
    lines: list[FoundLine] = field(default_factory=list)
    has_more: bool = False
    is_exact: bool = False
    too_slow: bool = False
    searched_to: date | None = None


def search(
    query: Query,
    channels: list[int],
    *,
    all_channels: bool,
    after: ResultPosition | None = None,
    hidden_periods: Sequence[int] = (),
    seconds: float | None = None,
    size: int = PAGE_SIZE,
) -> Page:
    """The lines in these channels that match, in the order of the query: the first ones, or those after a position.

    `all_channels`: these are all channels that exist, so that lines need not be narrowed by channel. Lines of
    `hidden_periods` are not found. After `seconds` (SEARCH_TIMEOUT_SECONDS if None) the page holds what was found until
    then and is `too_slow`. `size`: the lines of a page.
    """
    query = replace(query, hidden_periods=list(hidden_periods))
    page = Page()
    if not channels or not query:
        page.is_exact = True
        return page
    try:
        with open_session(SEARCH_TIMEOUT_SECONDS if seconds is None else seconds) as session:
            _fill(page, session, query, channels, all_channels=all_channels, after=after, size=size)
    except TooSlowError:
        page.too_slow = True
    page.has_more = len(page.lines) > size or page.too_slow
    # A channel may have been created since the caller listed all of them.
    allowed = set(channels)
    page.lines = [line for line in page.lines[:size] if line.channel_id in allowed]
    return page


def _fill(
    page: Page,
    session: SearchSession,
    query: Query,
    channels: list[int],
    *,
    all_channels: bool,
    after: ResultPosition | None,
    size: int,
) -> None:
    """One line more than the page shows is fetched, which says whether there are more."""
    wanted = size + 1
    page.plan = plan = make_plan(sample_cache.current(session), query, channels, all_channels=all_channels)
    oldest = query.oldest
    further = [after.condition(oldest=oldest)] if after else []
    if isinstance(plan, FetchAll):
        page.lines = session.fetch_first(plan.conditions + further, wanted, oldest=oldest)
    elif days := _days_to_search(session, query, channels, after):
        for window in walk(plan, *days, page.lines, wanted, oldest=oldest):
            missing = wanted - len(page.lines)
            page.lines += session.fetch_first(window.conditions + further, missing, oldest=oldest)
            page.searched_to = window.end
            if len(page.lines) == wanted:
                return
    page.is_exact = after is None and len(page.lines) < wanted


def _days_to_search(
    session: SearchSession, query: Query, channels: list[int], after: ResultPosition | None
) -> tuple[date, date] | None:
    """The first and the last day that can have results; None if no day can."""
    days = _day_range(session, channels)
    if days is None:
        return None
    first, last = days
    if query.after:
        first = max(first, query.after)
    last = min(last, query.last_day)
    if after and query.oldest:
        first = max(first, after.at.astimezone(UTC).date())
    elif after:
        last = min(last, after.at.astimezone(UTC).date())
    return (first, last) if first <= last else None


def _day_range(session: SearchSession, channels: list[int]) -> tuple[date, date] | None:
    """The first and the last day with lines in these channels; None if they have none."""
    key = tuple(channels)
    expires, *days = _day_ranges.get(key, (0.0, date.min, date.min))
    if monotonic() < expires:
        return days[0], days[1]
    ((first, last),) = session.execute(_DAY_RANGE, [channels])
    if first is None:
        return None
    if len(_day_ranges) >= 1000:  # visitors who may read different channels
        _day_ranges.clear()
    _day_ranges[key] = monotonic() + DAY_RANGE_SECONDS, first, last
    return first, last


def channels_in(query: Query, channels: QuerySet[Channel]) -> QuerySet[Channel]:
    """Narrows channels to those that `in:` names: with or without `#`, and with or without `network/` before them."""
    wanted = Q()
    for name in query.channels:
        network, slash, channel = name.rpartition("/")
        of_network = Q(network__name__iexact=network) if slash else Q()
        wanted |= of_network & match_names([channel, f"#{channel}"]) if channel else of_network
    return channels.filter(wanted) if query.channels else channels


CONTEXT_LINES = 2
"""Lines shown before and after each result."""

MAX_RESULTS_PER_PASSAGE = 10
"""A passage reads downwards, while passages come newest first: where every line is a result, a single passage of all of
them would turn the page's order around."""

CONTEXT_TIMEOUT_SECONDS = 0.5


@dataclass(slots=True)
class Passage:
    """Lines of one channel in reading order; `found` are the ids of the results among them."""

    channel: int
    lines: list[DayLine]
    found: set[int]

    def first(self, *, oldest: bool) -> DayLine:
        """The newest result, or the oldest one."""
        lines = self.lines if oldest else reversed(self.lines)
        return next(line for line in lines if line.id in self.found)


def passages(
    results: Sequence[FoundLine], hidden_periods: Sequence[int] = (), *, oldest: bool = False
) -> list[Passage]:
    """The results, each with its context; neighbours share a passage. `oldest`: these come first."""
    if oldest:
        return passages(results[::-1], hidden_periods)[::-1]
    found: list[Passage] = []
    # The lines of a full passage that would be shown again as context of the next, older passage below it.
    already_shown: list[DayLine] = []
    for result, lines in zip(results, _with_context(results, hidden_periods), strict=True):
        last = found[-1] if found else None
        if last is None or last.channel != result.channel_id or _order(lines[-1]) < _order(last.lines[0]):
            # Another channel, or the context of this result ends before the last passage begins.
            already_shown = []
            found.append(Passage(result.channel_id, lines, {result.id}))
        elif len(last.found) < MAX_RESULTS_PER_PASSAGE:
            last.lines = sorted({*lines, *last.lines}.difference(already_shown), key=_order)
            last.found.add(result.id)
        else:
            # The last passage is full: it is cut behind this result, which begins a passage of its own.
            last.lines = already_shown = [line for line in last.lines if _order(line) > (result.at, result.id)]
            found.append(Passage(last.channel, [line for line in lines if line not in already_shown], {result.id}))
    return found


# One statement for all results. Ordered by time and id, as days are read; joins, parts and the like are no context. The
# bound on `at` alone is implied by the one on both, but only it lets PostgreSQL start in the middle of the index.
_CONTEXT = """
SELECT hit.number, line.* FROM unnest(%s::int[], %s::int[], %s::timestamptz[]) WITH ORDINALITY
    AS hit (channel, id, at, number),
LATERAL (
    (SELECT id, at, kind, nick, text, target FROM logs_line WHERE channel_id = hit.channel
     AND at <= hit.at AND (at, id) < (hit.at, hit.id) AND kind = ANY(%s) {readable} ORDER BY at DESC, id DESC LIMIT %s)
    UNION ALL
    (SELECT id, at, kind, nick, text, target FROM logs_line WHERE channel_id = hit.channel
     AND at >= hit.at AND (at, id) > (hit.at, hit.id) AND kind = ANY(%s) {readable} ORDER BY at, id LIMIT %s)
) AS line
"""


def _with_context(results: Sequence[FoundLine], hidden_periods: Sequence[int]) -> list[list[DayLine]]:
    """For each result itself and the lines around it, in reading order."""
    contexts = [[DayLine(line.id, line.at, line.kind, line.nick, line.text, line.target)] for line in results]
    if results:
        kinds = [kind.value for kind in KINDS_WITH_WORDS]
        places = [[line.channel_id for line in results], [line.id for line in results], [line.at for line in results]]
        try:
            with open_session(CONTEXT_TIMEOUT_SECONDS) as session:
                readable, hidden = sql.where(sql.outside_periods(list(hidden_periods)))
                statement = _CONTEXT.replace("{readable}", readable.replace("WHERE", "AND"))
                beside = [kinds, *hidden, CONTEXT_LINES]
                rows = session.execute(statement, [*places, *beside, *beside])
                for number, *line in rows:
                    contexts[number - 1].append(DayLine._make(line))
        except TooSlowError:
            pass  # thousands of lines of the same moment: the results come without context
    return [sorted(lines, key=_order) for lines in contexts]


def _order(line: DayLine) -> tuple[datetime, int]:
    return line.at, line.id
