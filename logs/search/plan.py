"""How to look for a query: what the index is asked, what is read from its lines, and how many there may be."""

from __future__ import annotations

from dataclasses import dataclass

from logs.search import sql
from logs.search.asking import Asking
from logs.search.grammar import Query

CORRELATION = 0.75
"""How much the words of a line depend on each other: 0 not at all, 1 if the rarest brings all others along."""

FEW, FEW_COMPARED = 3000, 1500
"""So many hits are rather fetched and sorted than walked; fewer of them if the text of each has to be compared."""

READ_WISHED = 100
READ_COST = 6
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

    @property
    def few(self) -> bool:
        compared = any(sql.READ in condition.sql for condition in self.checked)
        return not self.reads and self.likely < (FEW_COMPARED if compared else FEW)


def plan(ask: Asking, query: Query, place: list[sql.Condition]) -> Plan:
    """Goes by the planner's estimates, got in one question. `place` are the conditions on the channel."""
    whole, read = sql.indexed(query) + place, sql.indexed(query, beginnings=False) + place
    parts, beginnings = sql.parts(query), sql.beginnings(query)
    asked = [whole, *([part, *place] for part in parts), *([beginning] for beginning in beginnings)]
    product, *counts = ask.estimates([*asked, read] if beginnings else asked)
    likely = _likely(product, counts[: len(parts)])
    by_index = Plan(whole, sql.checked(query), likely)
    share = sum(counts[len(parts) : -1]) / (READ_COST * max(counts[-1], 1)) if beginnings else 0
    if share * likely < READ_WISHED:
        return by_index
    return Plan(read, sql.checked(query, beginnings=False), likely, share, by_index)


def _likely(product: int, parts: list[int]) -> float:
    """A better guess at the number of hits than the planner's, who takes a line's words for independent.

    They are not: the truth lies between his product and the rarest of the parts. This leans to the rarest part, for a
    window too small costs one more look, one too large a thousand rows too many.
    """
    if len(parts) < 2:
        return product
    return float(max(product, 1) ** (1 - CORRELATION) * max(min(parts), product, 1) ** CORRELATION)
