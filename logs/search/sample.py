"""Some lines of the archive, evenly spread, with what the index has of each: how often and when conditions are met.

Statistics tell how many lines have a word. They do not tell when it was in use, nor which words go together.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain
from math import sqrt
from operator import neg
from typing import Any

from logs.search import sql
from logs.search.frequencies import LAST_LETTER, beginning_so
from logs.search.grammar import Term

SIZE, OF_A_PAGE = 32_000, 8
"""So many lines, of each page so many; what somebody talks about is on one page again and again."""

DOUBT = 1.0
"""How much a guess weighs against the sample: as much as so many lines of it."""

EPOCH = 719_163
"""The ordinal of 1970-01-01."""

MOST_HELD = 100_000
"""So many numbers may be in sets at a time."""

KEY = "="
"""Keys begin so, which no word does."""

STATEMENT = f"""
    WITH size AS (
        SELECT pg_relation_size(oid) / current_setting('block_size')::integer AS pages,
            reltuples / greatest(relpages, 1) AS held
        FROM pg_class WHERE oid = 'logs_line'::regclass
    ), line AS MATERIALIZED (
        SELECT (row_number() OVER (ORDER BY at DESC, channel_id, id) - 1)::smallint AS number,
            (at AT TIME ZONE 'UTC')::date - '1970-01-01'::date AS day, {sql.WORDS} AS words, {sql.KEYS} AS keys
        FROM logs_line WHERE ctid = ANY(ARRAY(
            SELECT format('(%%s,%%s)', n / {OF_A_PAGE} * pages / {SIZE // OF_A_PAGE},
                1 + floor(held * (n %% {OF_A_PAGE}) / {OF_A_PAGE})::integer)::tid
            FROM size, generate_series(0, {SIZE - 1}) AS n
        ))
    ), element AS (
        SELECT unnest(tsvector_to_array(words)) AS element, number FROM line
        UNION SELECT '{KEY}' || unnest(keys), number FROM line
    )
    SELECT NULL, string_agg(int4send(day), '' ORDER BY number) FROM line
    UNION ALL
    SELECT element, string_agg(int2send(number), '' ORDER BY number) FROM element GROUP BY 1 HAVING count(*) > 1
"""  # noqa: S608  (all of it stands in our files)
"""Words and keys that are in more than one of the lines, and in which; the days of all lines under NULL."""


class Sample:
    """Lines by number, the newest first. `days`: of each, as ordinals. `each`: as many of the archive it stands for."""

    def __init__(self, rows: Iterable[Sequence[Any]] = (), lines: float = 0) -> None:
        """`rows`: what STATEMENT finds; `lines`: of the archive."""
        found = {element: bytes(numbers) for element, numbers in rows if numbers}
        self.days = [day + EPOCH for day in _numbers("i", found.pop(None, b""))]
        self.each = lines / max(len(self.days), 1)
        self._lists = {element: _numbers("h", numbers) for element, numbers in found.items()}
        self._words = sorted(self._lists)
        self._sets: dict[str, frozenset[int]] = {}
        self._held = 0

    def having(self, conditions: Iterable[sql.Condition]) -> Sequence[int]:
        """The numbers of the lines that meet all of these, in order; what the index does not look up is met."""
        met = self._all_of(conditions)
        return range(len(self.days)) if met is None else sorted(met)

    def during(self, first: date, last: date) -> range:
        """The numbers of the lines of some days."""
        return range(*(bisect_left(self.days, day, key=neg) for day in (-last.toordinal(), 1 - first.toordinal())))

    def corrected(self, guess: float, conditions: Iterable[sql.Condition]) -> float:
        """A guess at how many lines of the archive meet these, after a look at the sample."""
        if not self.days:
            return guess
        met = self._all_of(conditions)
        number = len(self.days) if met is None else len(met)
        return self.each * max((DOUBT + number) / (DOUBT * self.each / guess + 1), number - sqrt(number))

    def _all_of(self, conditions: Iterable[sql.Condition]) -> frozenset[int] | None:
        """None: of all lines."""
        sets = sorted((self._meeting(one) for one in conditions if one.keys or one.terms), key=len)
        return sets[0].intersection(*sets[1:]) if sets else None

    def _meeting(self, condition: sql.Condition) -> frozenset[int]:
        one_of = [self._of(f"{KEY}{key}") for key in condition.keys] or list(map(self._holding, condition.terms))
        return one_of[0].union(*one_of[1:]) if one_of[1:] else one_of[0]

    def _holding(self, term: Term) -> frozenset[int]:
        sets = [*map(self._of, term.whole), *([self._of_beginning(term.words[-1])] if term.prefix else [])]
        return sets[0].intersection(*sets[1:])

    def _of_beginning(self, beginning: str) -> frozenset[int]:
        return self._kept(beginning + LAST_LETTER, beginning_so(self._words, beginning))

    def _of(self, element: str) -> frozenset[int]:
        return self._kept(element, [element])

    def _kept(self, name: str, elements: Iterable[str]) -> frozenset[int]:
        """The lines with one of these, as a set, which is made when it is asked for and lasts until there are many."""
        if name not in self._sets:
            made = frozenset(chain.from_iterable(self._lists.get(element, ()) for element in elements))
            self._held += 1 + len(made)
            if self._held > MOST_HELD:
                self._sets, self._held = {}, 1 + len(made)
            self._sets[name] = made
        return self._sets[name]


def _numbers(kind: str, sent: bytes) -> array[int]:
    numbers = array(kind, sent)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
