"""Choose how to search: a strategy, what the index looks up for it, and what is compared with the lines that it finds.

    FetchAll       fetch all hits at once and sort them: cheapest for few hits
    IndexWindows   walk back through time in windows, each looked up in the index, until the page is full: for many hits
    ReadInOrder    read the newest lines and compare their text: for prefixes such as `th*`, for which the index would
                   first collect the lines of every word that begins so, and for punctuation, which it does not have

Each strategy is possible with more or less of the query looked up in the index; `possible_plans` lists what is worth
considering, each with its cost by the sample of lines, and `make_plan` takes the cheapest.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import inf

from logs.search import sql
from logs.search.query_parser import Query
from logs.search.sample import Sample

# Costs in microseconds on a quiet machine with PostgreSQL 18 and the archive in its cache. Measured with 9.8 million
# lines by EXPLAIN (ANALYZE): the time of the named step divided by the number of what is varied. With other work on the
# machine all are two to four times as large; only their ratios matter for a choice.
#
#                   | unit                                           | step           | varied                         |
QUERY_US = 300.0  # | a statement: round trip, settings, scan set-up | all            | a word that no line has      |
COLLECT_US = 0.12  # | a line of the shortest list in the index      | index scan     | words in 500 to 10⁶ lines      |
PREFIX_US = 0.13  # | a line with a word that begins with a prefix   | index scan     | prefixes in 8,000 to 10⁶ lines |
PAGE_US = 25.0  # | a page of a longer list, unpacked                | index scan     | a second, ever commoner word   |
FETCH_US = 1.3  # | a line that the index found, fetched             | heap scan      | words in 500 to 10⁶ lines      |
COMPARE_US = 2.0  # | its text, compared; of some folded             | heap scan      | phrases in 2,500 to 9,000      |
READ_US = 0.8  # | the next line in order, fetched and compared      | index scan     | `the*` over 1 to 100 days      |

MAX_LOOKED_UP = 4
"""Words of one term that the index looks up."""

PAGE_LINES = 6000
"""Lines in a page of a list in the index."""

WINDOW_US = 3000.0
"""A window of IndexWindows beside its hits: the statement, and the lists of days and months that narrow it."""

EXPECTED_WINDOWS = 2
"""Windows that a walk takes in most cases, since the first one is sized by an estimate."""

WINDOW_HITS = 120
"""Hits that the first window should hold. More than a page, because an empty place on the page costs another window."""

WINDOW_HITS_COMPARED = 240
"""The same if the text is compared, too, and the sample knows nothing of the outcome."""

READ_HITS = 75
"""Hits that ReadInOrder reads for first."""

NEAREST_HITS, RELIABLE_HITS = 8, 3
"""The density of hits is that of this many of the sampled hits that come first, if there are RELIABLE_HITS of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`conditions` find the hits of all time; `cost_us`: about how long the strategy takes, in microseconds.

    `hits` are the sampled lines of the dates and channels searched for which the index has everything, `candidates`
    those for which it has what this plan looks up. `line_us` is the cost of each candidate. `checks` are the
    conditions that the index cannot answer.
    """

    sample: Sample
    conditions: list[sql.Condition]
    cost_us: float
    hits: Sequence[int]
    candidates: Sequence[int]
    line_us: float
    checks: list[sql.Condition]

    @property
    def all_hits(self) -> list[sql.Condition]:
        """Conditions that find all hits by the index."""
        return self.conditions


class FetchAll(Plan):
    """Fetch all hits at once and sort them."""


class IndexWindows(Plan):
    """Walk back through time in windows that the index looks up."""

    @property
    def first_hits(self) -> int:
        """How many hits the first window should hold."""
        return WINDOW_HITS if self.line_us == FETCH_US else WINDOW_HITS_COMPARED


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadInOrder(Plan):
    """Read the lines of `channels` in the order of the results, and compare them.

    `places` are the sampled lines of these channels. `fallback` is the plan for what is left when the lines that
    `max_places` of them stand for were read without enough hits.
    """

    channels: list[int]
    places: Sequence[int]
    max_places: float
    fallback: Plan

    @property
    def first_hits(self) -> int:
        """How many hits to read for first."""
        return READ_HITS

    @property
    def all_hits(self) -> list[sql.Condition]:
        return self.fallback.conditions


def make_plan(sample: Sample, query: Query, channels: list[int], *, all_channels: bool) -> Plan:
    """The cheapest plan. `all_channels`: these are all that exist, so that nothing has to be narrowed by channel."""
    return min(possible_plans(sample, query, channels, all_channels=all_channels), key=_cost)


def possible_plans(sample: Sample, query: Query, channels: list[int], *, all_channels: bool) -> list[Plan]:
    """All plans that may be the cheapest one for some query; each finds the same lines."""
    scope = _Scope(sample, query, channels, all_channels=all_channels)
    full = scope.lookup()
    if sample.is_small_archive:
        return [scope.fetch_all(full)]
    hits = scope.within_dates(sample.matching(full.indexed + scope.by_index))
    plans = list(scope.index_plans(full, hits))
    if query.groups and not full.indexed:
        # The index has nothing of any term, since all have a part that is punctuation alone.
        return [*plans, scope.read_in_order(hits, min(plans, key=_cost), reads_all=True)]
    if sql.prefixes(query):
        # Lines with a prefix may cost more to collect in the index than to recognise, among those that the index finds
        # by the rest of the query or, if there is nothing else, among all lines.
        if sql.indexed(query, prefixes=False):
            plans += scope.index_plans(scope.lookup(prefixes=False), hits)
        else:
            plans.append(scope.read_in_order(hits, min(plans, key=_cost)))
    return plans


def _cost(plan: Plan) -> float:
    return plan.cost_us


@dataclass(frozen=True, slots=True)
class _Lookup:
    """`indexed`: what the index looks up; `lists`: its parts, each of which has a list in the index; `checked`: what is
    compared with the lines that it finds."""

    indexed: list[sql.Condition]
    checked: list[sql.Condition]
    lists: list[sql.Condition]
    prefix_us: float

    @property
    def line_us(self) -> float:
        compared = (sql.FOLDED_TEXT, sql.EXACT_TEXT, sql.NICK)
        compares = any(text in condition.sql for condition in self.checked for text in compared)
        return FETCH_US + COMPARE_US * compares


class _Scope:
    """The dates and channels of a search, for which the strategies are costed."""

    def __init__(self, sample: Sample, query: Query, channels: list[int], *, all_channels: bool) -> None:
        self.sample, self.query, self.channels = sample, query, channels
        self.by_index = [] if all_channels else [sql.any_key(channels)]
        self.by_table = [] if all_channels else [sql.in_channels(channels)]
        self.checks = sql.checked(query)
        self.numbers = sample.during(query.after or date.min, query.last_day)

    def within_dates(self, numbers: Sequence[int]) -> Sequence[int]:
        return numbers[bisect_left(numbers, self.numbers.start) : bisect_left(numbers, self.numbers.stop)]

    def lookup(self, *, prefixes: bool = True) -> _Lookup:
        """`prefixes`: whether the index looks these up, too; otherwise they are compared."""
        looked_up = sql.prefixes(self.query) if prefixes else []
        return _Lookup(
            sql.indexed(self.query, prefixes=prefixes, narrow=self._keep_rarest),
            sql.checked(self.query, prefixes=prefixes),
            [*sql.index_lists(self.query, self._keep_rarest), *looked_up],
            PREFIX_US * sum(self._lines(prefix) for prefix in looked_up),
        )

    def _keep_rarest(self, lexemes: sql.Lexemes) -> sql.Lexemes:
        """Leave the common words of a phrase, or pairs of a run without blanks, to the comparison with the text.

        The index unpacks the list of each one; the rarest few exclude nearly all lines that the others exclude.
        """
        if len(lexemes.whole) <= MAX_LOOKED_UP:
            return lexemes
        return lexemes._replace(whole=tuple(sorted(lexemes.whole, key=self.sample.frequency)[:MAX_LOOKED_UP]))

    def index_plans(self, lookup: _Lookup, hits: Sequence[int]) -> Iterator[Plan]:
        """The index looks the channels up, or each line that it finds is checked for its channel."""
        yield self.fetch_all(lookup, hits)
        if self.by_table:
            yield self.fetch_all(lookup, hits, by_table=True)
        yield self._index_windows(lookup, hits)

    def fetch_all(self, lookup: _Lookup, hits: Sequence[int] = (), *, by_table: bool = False) -> FetchAll:
        looked_up = lookup.indexed if by_table else [*lookup.indexed, *self.by_index]
        candidates = self.sample.matching(looked_up)
        lists = [self._lines(part) for part in [*lookup.lists, *([] if by_table else self.by_index)]]
        # The shortest list is read whole; of each longer one only the pages that may hold one of its lines.
        shortest, *longer = sorted(lists) or [self.sample.lines]
        pages = sum(min(shortest, lines / PAGE_LINES) for lines in longer)
        return FetchAll(
            sample=self.sample,
            conditions=[*looked_up, *(self.by_table if by_table else []), *lookup.checked],
            cost_us=QUERY_US
            + lookup.prefix_us
            + COLLECT_US * shortest
            + PAGE_US * pages
            + lookup.line_us * self.sample.estimate(candidates),
            hits=hits,
            candidates=candidates,
            line_us=lookup.line_us,
            checks=self.checks,
        )

    def _index_windows(self, lookup: _Lookup, hits: Sequence[int]) -> IndexWindows:
        looked_up = [*lookup.indexed, *self.by_index]
        candidates = self.sample.matching(looked_up)
        of_dates = self.sample.estimate(self.within_dates(candidates))
        plan = IndexWindows(
            sample=self.sample,
            conditions=[*looked_up, *lookup.checked],
            cost_us=0,
            hits=hits,
            candidates=candidates,
            line_us=lookup.line_us,
            checks=self.checks,
        )
        # The windows hold a few hundred hits and as many more candidates as there are for each hit.
        fetched = min(of_dates, plan.first_hits * of_dates / self.sample.estimate(hits))
        cost = EXPECTED_WINDOWS * (WINDOW_US + lookup.prefix_us) + lookup.line_us * fetched
        return replace(plan, cost_us=cost)

    def read_in_order(self, hits: Sequence[int], fallback: Plan, *, reads_all: bool = False) -> ReadInOrder:
        """`reads_all`: the index would help nothing, however far back the hits are."""
        places = self.within_dates(self.sample.matching(self.by_index))
        nearest = min(len(hits), NEAREST_HITS)
        if nearest >= RELIABLE_HITS:
            # The lines from the newest one to the last of these hits hold as many hits as these are, and what a sampled
            # line stands for is the same for both.
            if self.query.oldest:
                lines_per_hit = (len(places) - bisect_left(places, hits[-nearest])) / nearest
            else:
                lines_per_hit = bisect_right(places, hits[nearest - 1]) / nearest
        else:
            lines_per_hit = len(places) / (len(hits) + 0.5)
        lines = min(READ_HITS * lines_per_hit, self.sample.estimate(places))
        # After lines without hits that cost as much as the index would have, the index is used for the rest.
        max_lines = inf if reads_all else fallback.cost_us / READ_US
        return ReadInOrder(
            sample=self.sample,
            conditions=sql.checked(self.query, prefixes=False),
            cost_us=2 * QUERY_US + READ_US * lines,
            hits=hits,
            candidates=hits,
            line_us=READ_US,
            checks=self.checks,
            channels=self.channels,
            places=places,
            max_places=max_lines / self.sample.lines_each,
            fallback=fallback,
        )

    def _lines(self, condition: sql.Condition) -> float:
        return self.sample.estimate(self.sample.matching([condition]))
