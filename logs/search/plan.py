"""How to look for a query: what the index is asked, what is read from its lines, and how many there may be."""

from __future__ import annotations

from dataclasses import dataclass

from logs.search import sql
from logs.search.asking import Asking
from logs.search.grammar import Query

CORRELATION = 0.75
"""How much the words of a line depend on each other: 0 not at all, 1 if the rarest brings all others along."""

READ_WISHED = 100
READ_COST = 11
"""What reading a line costs against collecting a line in the index for a beginning of a word."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`likely`: about how many lines match.

    If `reads` is not 0, lines are read for the beginnings of words that are in them. That is good as long as hits turn
    out to be dense: when this share of the archive has been read, `otherwise` is the cheaper way for the rest.
    """

    indexed: list[sql.Condition]
    checked: list[sql.Condition]
    likely: float
    reads: float = 0
    otherwise: Plan | None = None

    @property
    def conditions(self) -> list[sql.Condition]:
        return self.indexed + self.checked


def plan(ask: Asking, query: Query, place: list[sql.Condition]) -> Plan:
    """Goes by the planner's estimates. `place` are the conditions on the channel."""
    likely = _likely(ask, query, place)
    by_index = Plan(sql.indexed(query) + place, sql.checked(query), likely)
    share = _readable(ask, query, place)
    if share * likely < READ_WISHED:
        return by_index
    indexed = sql.indexed(query, beginnings=False) + place
    return Plan(indexed, sql.checked(query, beginnings=False), likely, share, by_index)


def _likely(ask: Asking, query: Query, place: list[sql.Condition]) -> float:
    """A better guess at the number of hits than the planner's, who takes a line's words for independent.

    They are not: the truth lies between his product and the rarest of the parts. This leans to the rarest part, for a
    window too small costs one more look, one too large a thousand rows too many.
    """
    product = ask.estimate(sql.indexed(query) + place)
    parts = sql.parts(query)
    if len(parts) < 2:
        return product
    rarest = min(ask.estimate([part, *place]) for part in parts)
    return float(max(product, 1) ** (1 - CORRELATION) * max(rarest, product, 1) ** CORRELATION)


def _readable(ask: Asking, query: Query, place: list[sql.Condition]) -> float:
    """The share of the lines that can be read for what the index takes to collect all words that begin so."""
    collected = sum(ask.estimate([beginning]) for beginning in sql.beginnings(query))
    if not collected:
        return 0
    lines = ask.estimate(sql.indexed(query, beginnings=False) + place)
    return collected / (READ_COST * max(lines, 1))
