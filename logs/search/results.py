"""Find one page of results, newest or oldest first, at a cost that does not grow with the archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import NamedTuple

from django.db.models import Q, QuerySet

from logs.models import Channel
from logs.models.channel import match_names
from logs.search import sql
from logs.search.database import FoundLine, SearchSession, TooSlowError, open_session
from logs.search.planner import FetchAll, Plan, make_plan
from logs.search.query_parser import Query
from logs.search.sample import sample_cache
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
