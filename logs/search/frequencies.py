"""How many lines are likely to meet some conditions, by what PostgreSQL keeps of the search index after an ANALYZE.

Its planner reckons alike, but asking it costs each search a millisecond or two.
https://www.postgresql.org/docs/18/row-estimation-examples.html; tsmatchsel and arraycontsel in its sources.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from logs.search import sql
from logs.search.grammar import Term
from logs.search.spread import Months

UNKNOWN = 0.005
"""The share of lines that has what nothing is known of; the planner's guess as well."""

LAST_LETTER = chr(sys.maxunicode)

STATEMENT = """
    SELECT reltuples / greatest(relpages, 1) * pg_relation_size(pg_class.oid) / current_setting('block_size')::integer,
        attname, most_common_elems::text::text[], most_common_elem_freqs
    FROM pg_class LEFT JOIN pg_stats ON schemaname = current_schema() AND tablename = 'line_search'
    WHERE pg_class.oid = 'logs_line'::regclass
"""


class Shares:
    """The share of lines that has each of the commonest words or keys, and `rare`, that of any other."""

    def __init__(self, common: Mapping[str, float] | None = None, rare: float = UNKNOWN) -> None:
        self.common = common or {}
        self.rare = rare
        self._ordered = sorted(self.common)
        self._none = 1 - _one_of(self.common.values())

    def of(self, element: str) -> float:
        return self.common.get(element, self.rare)

    def of_beginning(self, beginning: str) -> float:
        """What is known of the common words is taken to hold for the others as well, even if these are few."""
        begun = [self.common[word] for word in beginning_so(self._ordered, beginning)]
        if not begun:
            return self.rare
        return max(self.rare, _one_of(begun) + self._none * len(begun) / len(self.common))


@dataclass(frozen=True, slots=True)
class Frequencies:
    """`lines`: how many there are, about; `months`: when."""

    lines: float
    words: Shares
    keys: Shares
    months: Months

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]]) -> Frequencies:
        """From what STATEMENT finds."""
        shares = {name: _shares(elements, numbers) for _, name, elements, numbers in rows if elements}
        keys = shares.pop("logs_keys", Shares())
        lines = max(rows[0][0], 0)
        months = sql.months({int(key): share * lines for key, share in keys.common.items()})
        return cls(lines, next(iter(shares.values()), Shares()), keys, Months(months))

    def expected(self, conditions: Iterable[sql.Condition]) -> float:
        """How many lines are likely to meet all of these, at least one; what the index does not look up is met."""
        return max(1.0, self.lines * prod(map(self._share, conditions)))

    def _share(self, condition: sql.Condition) -> float:
        if condition.keys:
            return min(1.0, sum(self.keys.of(str(key)) for key in condition.keys))
        return _one_of([self._holding(term) for term in condition.terms]) if condition.terms else 1.0

    def _holding(self, term: Term) -> float:
        begun = self.words.of_beginning(term.words[-1]) if term.prefix else 1.0
        return begun * prod(map(self.words.of, term.whole))


def beginning_so(ordered: list[str], beginning: str) -> list[str]:
    """Of words in order those that begin so."""
    return ordered[bisect_left(ordered, beginning) : bisect_left(ordered, beginning + LAST_LETTER)]


def _one_of(shares: Iterable[float]) -> float:
    """The share that has one of some things, as if these were independent."""
    return 1 - prod(1 - share for share in shares)


def _shares(elements: Sequence[str], numbers: Sequence[float]) -> Shares:
    """After the shares of the elements stands the least of them."""
    return Shares(dict(zip(elements, numbers, strict=False)), min(UNKNOWN, numbers[len(elements)] / 2))
