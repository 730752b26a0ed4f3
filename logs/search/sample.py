"""A sample of the archive's lines, from which searches estimate how many lines match and when these were said.

For some 30,000 lines, spread evenly over the table, it holds which words and keys the search index has for each. It
answers what PostgreSQL's own statistics do not: which words occur together, how many words begin with a prefix, and
when a word was in use. It is read once an hour beside the searches; no search waits for it.
"""

from __future__ import annotations

import logging
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain
from operator import neg
from time import monotonic
from typing import NamedTuple

import gevent
from django.db import DatabaseError, connection

from logs.search import sql
from logs.search.database import SearchSession, TooSlowError, open_session

log = logging.getLogger(__name__)

SMALL_ARCHIVE_LINES = 100_000
"""With fewer lines no sample is needed: fetching all hits of a search is always cheap."""

SAMPLED_LINES, LINES_PER_PAGE = 32_000, 8
"""How many lines are read, and how many of them from one page of the table."""

READ_TIMEOUT_SECONDS, MAX_AGE_SECONDS = 20.0, 3600.0
MAX_CACHED_NUMBERS = 100_000
KEY_PREFIX = "="
"""Marks keys and columns among the words; no word contains it."""

_LAST_CHARACTER = chr(sys.maxunicode)
_EPOCH = date(1970, 1, 1).toordinal()

_ARCHIVE_LINES = """
    SELECT greatest(reltuples, 0) / greatest(relpages, 1)
        * pg_relation_size(oid) / current_setting('block_size')::integer
    FROM pg_class WHERE oid = 'logs_line'::regclass
"""

# Lines are chosen by their place in the table (`ctid`), which reads 4,000 pages whatever the size of the archive. They
# are numbered from the newest on. One row for each word or key: the numbers of the lines that have it, as bytes.
_SAMPLE = f"""
    WITH size AS (
        SELECT pg_relation_size(oid) / current_setting('block_size')::integer AS pages,
            reltuples / greatest(relpages, 1) AS lines_per_page
        FROM pg_class WHERE oid = 'logs_line'::regclass
    ), line AS MATERIALIZED (
        SELECT (row_number() OVER (ORDER BY at DESC, channel_id, id) - 1)::smallint AS number, channel_id, id,
            (at AT TIME ZONE 'UTC')::date - '1970-01-01'::date AS day, {sql.WORDS} AS words, {sql.KEYS} AS keys
        FROM logs_line WHERE ctid = ANY(ARRAY(
            SELECT format('(%%s,%%s)', n / {LINES_PER_PAGE} * pages / {SAMPLED_LINES // LINES_PER_PAGE},
                1 + floor(lines_per_page * (n %% {LINES_PER_PAGE}) / {LINES_PER_PAGE})::integer)::tid
            FROM size, generate_series(0, {SAMPLED_LINES - 1}) AS n
        ))
    ), element AS (
        SELECT unnest(tsvector_to_array(words)) AS element, number FROM line
        UNION SELECT '{KEY_PREFIX}' || unnest(keys), number FROM line
    )
    SELECT '{KEY_PREFIX}day', string_agg(int4send(day), '' ORDER BY number) FROM line
    UNION ALL SELECT '{KEY_PREFIX}channel', string_agg(int4send(channel_id::integer), '' ORDER BY number) FROM line
    UNION ALL SELECT '{KEY_PREFIX}id', string_agg(int4send(id), '' ORDER BY number) FROM line
    UNION ALL
    SELECT element, string_agg(int2send(number), '' ORDER BY number) FROM element GROUP BY 1 HAVING count(*) > 1
"""  # noqa: S608  (only constants of this module)


class _Postings(NamedTuple):
    """The numbers of the sampled lines that meet a condition: in order, and as a set."""

    ordered: Sequence[int]
    members: frozenset[int]


class Sample:
    """Sampled lines by number, the newest first; empty in a small archive and until the first sample is read.

    `lines`: about how many lines the archive has; `lines_each`: how many of them each sampled line stands for.
    """

    def __init__(self, lines: float = 0, rows: Iterable[Sequence[object]] = ()) -> None:
        """`rows`: the result of the statement above."""
        found = {str(element): bytes(numbers) for element, numbers in rows if isinstance(numbers, bytes | memoryview)}
        days, channels, ids = (_unpack("i", found.pop(f"{KEY_PREFIX}{name}", b"")) for name in ("day", "channel", "id"))
        self.lines = lines
        self.days = [day + _EPOCH for day in days]
        self.lines_each = lines / max(len(days), 1)
        self._places = list(zip(channels, ids, strict=False))
        self._numbers = {element: _unpack("h", numbers) for element, numbers in found.items()}
        self._elements = sorted(self._numbers)
        self._postings: dict[tuple[object, ...], _Postings] = {}
        self._cached_numbers = 0

    @property
    def words(self) -> Iterator[str]:
        """All words that two sampled lines have."""
        return (element for element in self._elements if not element.startswith(KEY_PREFIX))

    @property
    def is_small_archive(self) -> bool:
        return self.lines < SMALL_ARCHIVE_LINES

    def __len__(self) -> int:
        return len(self.days)

    def matching(self, conditions: Iterable[sql.Condition]) -> Sequence[int]:
        """The numbers, in order, of the lines for which the index has all of this; other conditions are ignored."""
        postings = sorted((self._intersect(one) for one in conditions if one.keys or one.terms), key=_size)
        if not postings:
            return range(len(self.days))
        numbers = postings[0].ordered
        for _, members in postings[1:]:
            numbers = [number for number in numbers if number in members]
        return numbers

    def frequency(self, word: str) -> int:
        """How many of the sampled lines have a word; 0 if at most one has it."""
        return len(self._numbers.get(word, ()))

    def during(self, first: date, last: date) -> range:
        """The numbers of the lines from one day to another, both included."""
        start = bisect_left(self.days, -last.toordinal(), key=neg)
        return range(start, max(start, bisect_left(self.days, 1 - first.toordinal(), key=neg)))

    def day_at(self, position: float) -> date | None:
        """The day of the line at a position; None behind the oldest one."""
        number = int(position)
        return date.fromordinal(self.days[number]) if number < len(self.days) else None

    def estimate(self, numbers: Sequence[int]) -> float:
        """About how many lines of the archive these stand for; a little more than none if there are none."""
        return (len(numbers) + 0.5) * self.lines_each

    def places(self, numbers: Iterable[int]) -> list[tuple[int, int]]:
        """Channel and id of sampled lines."""
        return [self._places[number] for number in numbers]

    def _intersect(self, condition: sql.Condition) -> _Postings:
        if condition.keys:
            lists = [self._elements_with(f"{KEY_PREFIX}{key}") for key in condition.keys]
        else:
            lists = [self._with_term(term) for term in condition.terms]
        return lists[0] if len(lists) == 1 else self._cached((*condition.keys, *condition.terms), lists)

    def _with_term(self, term: sql.Lexemes) -> _Postings:
        postings = [self._elements_with(word) for word in term.whole]
        if term.prefix:
            postings.append(self._elements_with(term.prefix, is_prefix=True))
        members = frozenset.intersection(*(each.members for each in postings))
        return postings[0] if len(postings) == 1 else _Postings(sorted(members), members)

    def _elements_with(self, element: str, *, is_prefix: bool = False) -> _Postings:
        """The lines with this word or key, or with any word that begins so."""
        key = (element, is_prefix)
        if key in self._postings:
            return self._postings[key]
        if not is_prefix:
            return self._cached(key, [_Postings(self._numbers.get(element, ()), frozenset())])
        first, end = bisect_left(self._elements, element), bisect_left(self._elements, element + _LAST_CHARACTER)
        lists = [_Postings(self._numbers[word], frozenset()) for word in self._elements[first:end]]
        return self._cached(key, lists)

    def _cached(self, key: tuple[object, ...], lists: list[_Postings]) -> _Postings:
        """The union of lists. Making sets of long ones takes longer than the rest of planning, so they are cached."""
        if key not in self._postings:
            members = frozenset(chain.from_iterable(postings.ordered for postings in lists))
            self._cached_numbers += 1 + len(members)
            if self._cached_numbers > MAX_CACHED_NUMBERS:
                self._postings, self._cached_numbers = {}, 1 + len(members)
            ordered = lists[0].ordered if len(lists) == 1 else sorted(members)
            self._postings[key] = _Postings(ordered, members)
        return self._postings[key]


def _size(postings: _Postings) -> int:
    return len(postings.ordered)


def _unpack(code: str, numbers: bytes) -> array[int]:
    """PostgreSQL sends the most significant byte first."""
    unpacked = array(code, numbers)
    if sys.byteorder == "little":
        unpacked.byteswap()
    return unpacked


class SampleCache:
    """The sample that this process uses, and when it has to be looked at again."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._sample = Sample()
        self._expires = 0.0

    def current(self, session: SearchSession) -> Sample:
        """The newest sample; when it is too old, another one is read in a greenlet and this one is still used."""
        if monotonic() >= self._expires:
            ((lines,),) = session.execute(_ARCHIVE_LINES, [])
            if lines < SMALL_ARCHIVE_LINES:
                # A small archive may grow large within seconds, by an import.
                self.store(Sample(lines), seconds=lines / 1000)
            else:
                self.store(self._sample if self._sample.days else Sample(lines))
                gevent.spawn(self._refresh)
        return self._sample

    def store(self, sample: Sample, seconds: float = MAX_AGE_SECONDS) -> None:
        self._sample, self._expires = sample, monotonic() + seconds

    def _refresh(self) -> None:
        try:
            self.store(read_sample())
        except (TooSlowError, DatabaseError):
            log.exception("The sample of lines could not be read; searches use the old one for an hour")
        finally:
            connection.close()


def read_sample() -> Sample:
    """Takes the database about a second."""
    with open_session(READ_TIMEOUT_SECONDS) as session:
        ((lines,),) = session.execute(_ARCHIVE_LINES, [])
        return Sample(lines, session.execute(_SAMPLE, []))


sample_cache = SampleCache()
