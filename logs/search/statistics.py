"""What is worth knowing for a while."""
# MERGED: How many lines are likely to meet some conditions, by what PostgreSQL keeps of the search index after an
# MERGED: ANALYZE.
# MERGED:
# MERGED: Its planner reckons alike, but asking it costs each search a millisecond or two.
# MERGED: https://www.postgresql.org/docs/18/row-estimation-examples.html; tsmatchsel and arraycontsel in its sources.
# MERGED:
# MERGED: Some lines of the archive, evenly spread, with what the index has of each: how often and when conditions are
# MERGED: met.
# MERGED:
# MERGED: Statistics tell how many lines have a word. They do not tell when it was in use, nor which words go together.
# MERGED:
# MERGED: How lines are spread over time, so that a search can say how far back so many of them reach.

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, chain
from math import ceil, prod, sqrt
from operator import neg
from time import monotonic
from typing import Any, Generic, NamedTuple, TypeVar

from logs.search import sql
from logs.search.query_parser import Term

MOST = 1000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Values by key, each with its time; at most MOST, those kept last."""

    def __init__(self) -> None:
        self._values: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """None if its time is over, or there is none."""
        until, value = self._values.get(key, (0.0, None))
        return value if monotonic() < until else None

    def last(self, key: Key) -> Value | None:
        """Also if its time is over."""
        return self._values.get(key, (0.0, None))[1]

    def keep(self, key: Key, value: Value, seconds: float) -> Value:
        self._values[key] = (monotonic() + seconds, value)
        self._values.move_to_end(key)
        if len(self._values) > MOST:
            self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        self._values.clear()


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

SAMPLE_STATEMENT = f"""
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


ROUNDING = 1e-9


class Stretch(NamedTuple):
    """Some days with about `lines` lines; the day in the middle of them stands for all, as if it came `times` times."""

    lines: float
    middle: date
    times: float


class _Stay(NamedTuple):
    """Days, as ordinals, of which each has as many lines: from `first` on, up to `end` without it."""

    first: int
    end: int
    daily: float


class Months:
    """Lines by month, summed up once, so that what is asked of them costs next to nothing. All days are ordinals."""

    def __init__(self, lines: Mapping[date, float]) -> None:
        """`lines`: by the first day of a month; nothing needs to be exact."""
        self._fill([_month(month, lines[month]) for month in sorted(lines) if lines[month] > 0])

    @classmethod
    def evenly(cls, first: int, last: int) -> Months:
        """One line for each day."""
        months = cls({})
        months._fill([_Stay(first, last + 1, 1.0)])
        return months

    def _fill(self, stays: list[_Stay]) -> None:
        self._stays = stays
        self._firsts = [stay.first for stay in stays]
        self._sums = list(accumulate(((stay.end - stay.first) * stay.daily for stay in stays), initial=0.0))

    def until(self, day: int) -> float:
        """How many lines there are up to the end of a day."""
        number = bisect_right(self._firsts, day) - 1
        if number < 0:
            return 0.0
        stay = self._stays[number]
        return self._sums[number] + (min(day + 1, stay.end) - stay.first) * stay.daily

    def between(self, first: int, last: int) -> float:
        """How many lines there are from one day to another, both included."""
        return self.until(last) - self.until(first - 1)

    def start(self, lines: float) -> int:
        """The last day before which there are at most so many lines, fewer than all."""
        number = min(bisect_right(self._sums, lines), len(self._stays)) - 1
        stay = self._stays[number]
        return min(stay.first + int((lines - self._sums[number]) / stay.daily + ROUNDING), stay.end - 1)

    def day_of(self, lines: float) -> tuple[int, float]:
        """The day on which this line comes, counted from the first one, and how many lines that day has."""
        number = min(max(bisect_left(self._sums, lines), 1), len(self._stays)) - 1
        stay = self._stays[number]
        days = ceil((lines - self._sums[number]) / stay.daily - ROUNDING)
        return stay.first + min(max(days, 1), stay.end - stay.first) - 1, stay.daily


class Spread:
    """Lines from `first` to `last`, both included.

    `listed`: those of all channels, which the lists of the index hold.
    """

    def __init__(self, first: date, last: date, months: Months, listed: Months | None = None) -> None:
        """If months know of no line in this time, all days count the same."""
        self.first, self.last = first, last
        self._listed = listed or months
        self._months = months
        self._before = months.until(first.toordinal() - 1)
        self.lines = self.until(last)
        if self.lines <= 0:
            self._months, self._before = Months.evenly(first.toordinal(), last.toordinal()), 0.0
            self.lines = self.until(last)

    def start(self, last: date, lines: float) -> date:
        """The day from which on there are about so many lines up to the end of `last`; at worst the first of all."""
        rest = self.until(last) - lines
        if rest <= 0:
            return self.first
        return min(last, max(self.first, date.fromordinal(self._months.start(self._before + rest))))

    def until(self, last: date) -> float:
        """About how many lines there are up to the end of a day."""
        return self._months.until(min(last, self.last).toordinal()) - self._before

    def between(self, first: date, last: date) -> float:
        """About how many lines there are from one day to another, both included."""
        return self._months.between(first.toordinal(), min(last, self.last).toordinal())

    def since(self, day: int) -> float:
        """About how many lines there are from a day on, which is told as ordinal."""
        return self.lines - (self._months.until(day - 1) - self._before)

    def listed(self, first: date, last: date) -> float:
        """As many, of all channels."""
        return self._listed.between(first.toordinal(), last.toordinal())

    def stretches(self, last: date, number: int) -> list[Stretch]:
        """About so many stretches with as many lines each, the newest first."""
        return list(self._stretches(self.until(last), number))

    def _stretches(self, lines: float, number: int) -> Iterator[Stretch]:
        size = lines / number
        for place in range(number if size > 0 else 0):
            day, daily = self._months.day_of(self._before + lines - (place + 0.5) * size)
            yield Stretch(size, max(self.first, date.fromordinal(day)), size / daily)


def _month(first: date, lines: float) -> _Stay:
    """Its end is where the next one begins."""
    start = first.toordinal()
    following = start + 32
    end = date.fromordinal(following).replace(day=1).toordinal() if following < date.max.toordinal() else start + 31
    return _Stay(start, end, lines / (end - start))
