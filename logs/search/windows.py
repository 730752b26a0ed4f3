"""Time in windows, the newest first, each of which should hold what a page still lacks and not many more."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from datetime import date, timedelta
from math import inf

from logs.search import sql
from logs.search.asking import Asking
from logs.search.plan import CHEAP, PAGE, PAGE_LINES, READ_WISHED, Plan
from logs.search.spread import Spread

WISHED = 80
"""How many hits the first window should hold: more than a page, for the guess at their number is a rough one."""

FIRST_PART = 12
"""The first window has at most one of so many parts, for the guess may be a thousand times too small."""

TELLING = 5
"""From so many hits on, what was found tells how many there will be further back."""

SPARE, LEAST = 2.0, 0.5
"""The next window is so many times as large as what was found asks for, and at least this part of all before it."""

UNPACKED = 0.5
"""Of the pages of the index about the times of a window so many are unpacked."""

GROWTH, WIDER = 3, 8
"""So many times as large is the next window where lines are read, and where the index is asked, which costs less."""

EVEN_YEARS = 3
"""From so many years on a window begins with a year."""

SAMPLED_DAYS = 32
_DAY = timedelta(days=1)

Conditions = list[sql.Condition]


def windows(ask: Asking, way: Plan, spread: Spread, found: Sized, wanted: int) -> Iterator[tuple[Conditions, date]]:
    """What to ask for, from which day on; the caller puts into `found` what it got.

    The first window should hold enough if every line were as likely to be found. If it does not, what it held tells how
    far back the next has to reach. Where that is next to nothing even in larger ones, a sample of days tells where hits
    are.
    """
    last = spread.last
    rarity = spread.lines / max(way.likely, 1)
    lines = min((READ_WISHED if way.reads else WISHED) * rarity, spread.lines / FIRST_PART)
    looked = 0.0
    while True:
        start, before = _with_year(_with_month(spread.start(last, lines), last), last), len(found)
        conditions, start = _window(way, spread, start, last)
        yield conditions, start
        if start <= spread.first:
            return
        looked += spread.between(start, last)
        last = start - _DAY
        if len(found) >= TELLING and len(found) > before:
            lines, most = looked * max(SPARE * (wanted - len(found)) / len(found), LEAST), way.reads or inf
        else:
            lines, most = lines * (GROWTH if way.reads else WIDER), way.reads or 1 / FIRST_PART
        if looked + lines > most * spread.lines:
            break
    way = way.otherwise or way
    if way.whole.cost < 2 * (CHEAP + way.each):
        yield _all_before(way, last), spread.first
        return
    for first, end in _sampled(ask, way, spread, last):
        conditions, start = _window(way, spread, first, end)
        yield conditions, start
        if start <= spread.first:
            return


def _with_month(start: date, last: date) -> date:
    """Earlier, to where its month begins, if the index is asked for months: it finds whole ones in any case."""
    return start if (last - start).days < sql.MOST_DAYS else start.replace(day=1)


def _with_year(start: date, last: date) -> date:
    """Earlier, to where its year begins, if there are so many that this saves keys for months and adds little."""
    return start if last.year - start.year < EVEN_YEARS else start.replace(month=1, day=1)


def _window(way: Plan, spread: Spread, first: date, last: date) -> tuple[Conditions, date]:
    """The index narrows by time as well, unless that costs more than asking for all that is left.

    The day from which on it is asked is then the first of all.
    """
    narrowing = UNPACKED * PAGE * spread.listed(first, last) / PAGE_LINES
    if not way.reads and way.whole.cost < CHEAP + narrowing:
        return _all_before(way, last), spread.first
    return [*way.conditions, sql.any_key(sql.time_keys(first, last)), sql.within(first, last)], first


def _all_before(way: Plan, last: date) -> Conditions:
    return [*way.whole.conditions, sql.within(date.min, last)]


def _sampled(ask: Asking, way: Plan, spread: Spread, last: date) -> Iterator[tuple[date, date]]:
    """Intervals that should hold WISHED hits, then GROWTH times as many and so on, as a sample of days has it.

    Whoever has come to the first day of all asks for no more.
    """
    wished, expected, lines, end = float(WISHED), 0.0, 0.0, last
    stretches = spread.stretches(last, SAMPLED_DAYS)
    hits = ask.by_day(
        [*way.telling, sql.any_key(sql.day_key(day) for day in {stretch.middle for stretch in stretches})]
    )
    for stretch in stretches:
        rest, found = 1.0, hits.get(stretch.middle, 0) * stretch.times
        while expected + found * rest >= wished:
            rest -= (wished - expected) / found
            expected, wished = 0.0, wished * GROWTH
            start = spread.start(end, lines + stretch.lines * (1 - rest))
            start = _with_month(min(start, stretch.middle), last)  # there are hits for certain
            if start <= last:
                yield start, last
                last = start - _DAY
        expected += found * rest
        lines += stretch.lines
    yield spread.first, last
