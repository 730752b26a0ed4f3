"""How to look for a query: what the index is asked, what is read from its lines, and what that is likely to cost."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from logs.search import sql
from logs.search.database import Asking
from logs.search.hit_estimate import FOLLOWED, Course
from logs.search.query_parser import Query, Term
from logs.search.statistics import Frequencies, Sample

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
READ_COST, READ_IN_ORDER = 6, 3.5
"""What reading a line costs against collecting a line in the index for a beginning of a word, and less in order."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Conditions for all hits at once, and about how many microseconds these cost."""

    conditions: list[sql.Condition]
    cost: float


@dataclass(frozen=True, slots=True)
class Plan:
    """`likely`: about how many lines match; `sample`: may tell when these were said. `conditions` suit a window of
    time, `whole` all of it; `telling` is all that the index can say of hits. Every question costs `each` microseconds
    for the beginnings of words, however narrow it is.

    If `reads` is not 0, lines are read for the beginnings of words that are in them. That is good as long as hits turn
    out to be dense: when this share of the archive has been read, `otherwise` is the cheaper way for the rest. Those of
    one `channel`, where nothing else is looked up, can be read in their order, up to the last that is wanted.
    """

    indexed: list[sql.Condition]
    checked: list[sql.Condition]
    telling: list[sql.Condition]
    likely: float
    sample: Sample
    whole: Whole
    each: float = 0
    reads: float = 0
    otherwise: Plan | None = None
    channel: int | None = None

    @property
    def conditions(self) -> list[sql.Condition]:
        return self.indexed + self.checked

    @property
    def few(self) -> bool:
        return not self.reads and self.whole.cost < CHEAP


def plan(ask: Asking, query: Query, channels: list[int], *, everything: bool) -> Plan:
    """Goes by what is known of words and keys. `everything`: these are all channels there are."""
    known, sample = ask.frequencies(), ask.sample()
    where = _where(known, channels, everything=everything)
    full = _expected(known, sample, query)
    leaner = replace(query, groups=[_lean(known, group, where.share) for group in query.groups])
    lean = full if leaner == query else _expected(known, sample, leaner)
    telling, checked = full.found + where.place, sql.checked(query)
    likely = sample.corrected(where.share * full.hits, telling) if where.place else full.hits
    ways = [way for there in (lean, full) for way in _wholes(there, where, checked)]
    whole = min(ways, key=lambda way: way.cost)
    by_index = Plan(lean.found + where.place, checked, telling, likely, sample, whole, lean.each)
    if not lean.begun:
        return by_index
    read = sql.indexed(leaner, beginnings=False)
    channel = channels[0] if len(channels) == 1 and not read else None
    reads = lean.begun / ((READ_COST if channel is None else READ_IN_ORDER) * max(lean.read * where.share, 1))
    if reads < _share_for(READ_WISHED, likely, sample.having(telling), sample.having(where.place)):
        return by_index
    checked = sql.checked(query, beginnings=False)
    reading = Plan(read + where.place, checked, telling, likely, sample, whole)
    return replace(reading, reads=reads, otherwise=by_index, channel=channel)


def _share_for(wished: float, likely: float, met: Sequence[int], place: Sequence[int]) -> float:
    """The share of lines, the newest first, in which so many hits are likely; over 1 if there are fewer in all.

    `met` and `place`: which lines of a sample are hits, and which are where they are looked for.
    """
    if wished > likely:
        return wished / likely
    lines = max(len(place), 1)
    places = [bisect_left(place, number) + 0.5 for number in met[:FOLLOWED]]
    return Course(lines, likely, places, likely / max(len(met), 1)).lines(wished) / lines


class _Where(NamedTuple):
    """The channels asked for as the index tells them (`place`) and as the table does (`here`), nothing for all of them;
    how many lines they have, and which share of the archive that is."""

    place: list[sql.Condition]
    here: list[sql.Condition]
    lines: float
    share: float


def _where(known: Frequencies, channels: list[int], *, everything: bool) -> _Where:
    place, here = ([], []) if everything else ([sql.any_key(channels)], [sql.in_channels(channels)])
    lines = known.expected(place)
    return _Where(place, here, lines, lines / known.expected([]))


def _wholes(there: _Expected, where: _Where, checked: list[sql.Condition]) -> Iterator[Whole]:
    """With the channels told by the table or by the index."""
    yield Whole([*there.found, *where.here, *checked], there.cost(there.lists, there.hits, checked))
    if where.place:
        cost = there.cost([*there.lists, where.lines], there.hits * where.share, checked)
        yield Whole(there.found + where.place + checked, cost)


def _lean(known: Frequencies, group: list[Term], share: float) -> list[Term]:
    """Without those words of a phrase of which it costs more to unpack the list than to read, in a share of the
    archive, the lines that it rules out. The phrase is compared with what is found in any case.
    """
    if len(group) > 1 or group[0].prefix:
        return group
    first, *others = sorted(dict.fromkeys(group[0].words), key=known.words.of)
    rarest = hits = product = known.lines * known.words.of(first)
    kept = [first]
    for word in others:
        unpacked = PAGE * min(rarest, known.lines * known.words.of(word) / PAGE_LINES)
        left = _likely(product * known.words.of(word), [rarest, rarest])
        if unpacked < (hits - left) * share * (FETCHED + COMPARED):
            kept.append(word)
            hits, product = left, product * known.words.of(word)
    return [Term(tuple(kept))]


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the index is asked for, and numbers of lines in all channels: hits, in each list of the index that has them
    all, in those for beginnings of words, left to be read without these."""

    found: list[sql.Condition]
    hits: float
    lists: list[float]
    begun: float
    read: float

    @property
    def each(self) -> float:
        """Microseconds that every question costs for the beginnings of words."""
        return BEGINNING * self.begun

    def cost(self, lists: Iterable[float], hits: float, checked: list[sql.Condition]) -> float:
        """Microseconds for the hits that are in all these lists of the index."""
        shortest, *longer = sorted(lists)
        unpacked = sum(min(shortest, lines / PAGE_LINES) for lines in longer)
        compared = any(sql.READ in condition.sql or sql.NICK in condition.sql for condition in checked)
        return self.each + COLLECTED * shortest + PAGE * unpacked + (FETCHED + COMPARED * compared) * hits


def _expected(known: Frequencies, sample: Sample, query: Query) -> _Expected:
    found = sql.indexed(query)
    product, lists = known.expected(found), [known.expected([part]) for part in sql.parts(query)]
    begun = [sample.corrected(known.expected([beginning]), [beginning]) for beginning in sql.beginnings(query)]
    return _Expected(
        found,
        sample.corrected(_likely(product, lists), found),
        lists or [product],
        sum(begun),
        known.expected(sql.indexed(query, beginnings=False)) if begun else 0,
    )


def _likely(product: float, parts: list[float]) -> float:
    """A better guess at the number of hits than the planner's, who takes a line's words for independent.

    They are not: the truth lies between his product and the rarest of the parts.
    """
    if len(parts) < 2:
        return product
    return float(max(product, 1) ** (1 - CORRELATION) * max(min(parts), product, 1) ** CORRELATION)
