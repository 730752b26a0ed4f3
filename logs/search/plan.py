"""How to look for a query: what the index is asked, what is read from its lines, and what that is likely to cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from logs.search import sql
from logs.search.asking import Asking
from logs.search.grammar import Query

CORRELATION = 0.4
"""How much the words of a line depend on each other: 0 not at all, 1 if the rarest brings all others along."""

CHEAP = 6000.0
"""All hits are fetched and sorted if that costs less than so many microseconds, which looking at two windows does."""

COLLECTED, BEGINNING, FETCHED, COMPARED = 0.12, 0.13, 1.3, 1.0
"""Microseconds: for a line of the shortest list in the index, for one of a beginning of a word, for fetching a hit
from the table, and for comparing its text."""

PAGE, PAGE_LINES = 25.0, 6000
"""Microseconds for unpacking a page of a list in the index, and how many lines it has. Of the longer lists those pages
are unpacked which have a line of the shortest one."""

READ_WISHED = 45
READ_COST = 6
"""What reading a line costs against collecting a line in the index for a beginning of a word."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Conditions for all hits at once, and about how many microseconds these cost."""

    conditions: list[sql.Condition]
    cost: float


@dataclass(frozen=True, slots=True)
class Plan:
    """`likely`: about how many lines match. `conditions` suit a window of time, `whole` all of it. Every question costs
    `each` microseconds for the beginnings of words, however narrow it is.

    If `reads` is not 0, lines are read for the beginnings of words that are in them. That is good as long as hits turn
    out to be dense: when this share of the archive has been read, `otherwise` is the cheaper way for the rest.
    """

    indexed: list[sql.Condition]
    checked: list[sql.Condition]
    likely: float
    whole: Whole
    each: float = 0
    reads: float = 0
    otherwise: Plan | None = None

    @property
    def conditions(self) -> list[sql.Condition]:
        return self.indexed + self.checked

    @property
    def few(self) -> bool:
        return not self.reads and self.whole.cost < CHEAP


def plan(ask: Asking, query: Query, channels: list[int], *, everything: bool) -> Plan:
    """Goes by the planner's estimates, got in one question. `everything`: these are all channels there are."""
    place, here = ([], []) if everything else ([sql.any_key(channels)], [sql.in_channels(channels)])
    there = _expected(ask, query, place)
    found, checked = sql.indexed(query), sql.checked(query)
    likely = there.hits * there.share
    ways = [Whole([*found, *here, *checked], there.cost(there.lists, there.hits, checked))]
    if place:
        ways.append(Whole(found + place + checked, there.cost([*there.lists, there.placed], likely, checked)))
    by_index = Plan(found + place, checked, likely, min(ways, key=lambda way: way.cost), there.each)
    reads = there.begun / (READ_COST * max(there.read * there.share, 1))
    if reads * likely < READ_WISHED:
        return by_index
    read = sql.indexed(query, beginnings=False) + place
    checked = sql.checked(query, beginnings=False)
    return Plan(read, checked, likely, by_index.whole, reads=reads, otherwise=by_index)


@dataclass(frozen=True, slots=True)
class _Expected:
    """Numbers of lines: hits in all channels, in each list of the index that has them all, in those for beginnings of
    words, left to be read without these; `placed` in the channels asked for, which are a `share` of the archive."""

    hits: float
    lists: list[int]
    begun: int
    read: int
    placed: int
    share: float

    @property
    def each(self) -> float:
        """Microseconds that every question costs for the beginnings of words."""
        return BEGINNING * self.begun

    def cost(self, lists: Iterable[int], hits: float, checked: list[sql.Condition]) -> float:
        """Microseconds for the hits that are in all these lists of the index."""
        shortest, *longer = sorted(lists)
        unpacked = sum(min(shortest, lines / PAGE_LINES) for lines in longer)
        fetched = FETCHED + COMPARED * any(sql.READ in condition.sql for condition in checked)
        return self.each + COLLECTED * shortest + PAGE * unpacked + fetched * hits


def _expected(ask: Asking, query: Query, place: list[sql.Condition]) -> _Expected:
    parts, beginnings = sql.parts(query), sql.beginnings(query)
    asked = [[], place] if place else []
    asked += [sql.indexed(query), *([part] for part in parts), *([beginning] for beginning in beginnings)]
    asked += [sql.indexed(query, beginnings=False)] if beginnings else []
    counts = ask.estimates(asked)
    total, placed = counts[:2] if place else (1, 1)
    product, *counts = counts[2:] if place else counts
    lists, begun = counts[: len(parts)], counts[len(parts) :]
    return _Expected(
        _likely(product, lists),
        lists or [product],
        sum(begun[:-1]),
        begun[-1] if begun else 0,
        placed,
        placed / max(total, 1),
    )


def _likely(product: int, parts: list[int]) -> float:
    """A better guess at the number of hits than the planner's, who takes a line's words for independent.

    They are not: the truth lies between his product and the rarest of the parts.
    """
    if len(parts) < 2:
        return product
    return float(max(product, 1) ** (1 - CORRELATION) * max(min(parts), product, 1) ** CORRELATION)
