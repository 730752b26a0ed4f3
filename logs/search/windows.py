"""Time in windows, the newest first, each of which should hold what a page still lacks and not many more."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sized
from datetime import date, timedelta
from math import inf

from logs.search import sql
from logs.search.database import Asking
from logs.search.hit_estimate import FOLLOWED, Course
from logs.search.planner import CHEAP, PAGE, PAGE_LINES, READ_WISHED, Plan
from logs.search.statistics import Spread

WISHED, READ = 120, 2
"""How many hits the first window should hold, and so many times as many if texts are compared, too: more than a page,
for the guess at their number is a rough one."""

FIRST_PART = 12
"""Until something is found one of so many parts is looked at: the guess may be a thousand times too small."""

TELLING = 5
"""From so many hits on, what was found tells how many there will be further back."""

SPARE, LEAST = 2.0, 0.5
"""The next window is so many times as large as what was found asks for, and at least this part of all before it."""

ORDERED = 3
"""So many times as large is the first window if lines are read in their order: those not needed will not be read."""

UNPACKED, CANDIDATES = 0.5, 3.0
"""Of the pages of the index about the times of a window so many are unpacked, but only so many for each hit in it."""

GROWTH, WIDER, FOLLOWING = 3, 8, 4
"""So many times as large is the next window where lines are read, where the index is asked, which costs less, and where
a sample tells the way."""

BEGUN, TOLD_BEGUN = 0.02, 0.2
"""For each microsecond that beginnings of words cost every time, a window should hold so many hits more: fetching these
costs less than asking once again, most of all where nobody knows how many there are of late."""

EVEN_YEARS = 3
"""From so many years on a window begins with a year."""

SAMPLED_DAYS = 32
_DAY = timedelta(days=1)

Conditions = list[sql.Condition]


def windows(ask: Asking, way: Plan, spread: Spread, found: Sized, wanted: int) -> Iterator[tuple[Conditions, date]]:
    """What to ask for, from which day on; the caller puts into `found` what it got.

    The first window should hold enough by what is known of hits. If it does not, what it held tells how far back the
    next has to reach. Where that is next to nothing even in larger ones, and no sample of lines tells more, a sample of
    days tells where hits are.
    """
    course, looked, last = _course(way, spread), 0.0, spread.last
    wished = _first(way, course)
    lines = min(course.lines(wished), _most(course, spread))
    while True:
        start, before = _rounded(way, course, spread.start(last, lines), last), len(found)
        conditions, start = _window(way, spread, start, last, course.between(looked, lines))
        yield conditions, start
        if start <= spread.first:
            return
        looked += spread.between(start, last)
        last = start - _DAY
        if told := len(found) >= TELLING and len(found) > before:
            wished = course.hits(looked) * max(SPARE * (wanted - len(found)) / len(found), LEAST)
        else:
            wished = _more(way, course, wished)
        lines = course.lines(course.hits(looked) + wished) - looked
        if way.otherwise and (lines if told else looked + lines) > way.reads * spread.lines:
            way = way.otherwise
        if not (way.reads or told) and looked + lines > _most(course, spread):
            break
    if way.whole.cost < 2 * (CHEAP + way.each):
        yield _all_before(way, last), spread.first
        return
    for first, end in _sampled(ask, way, spread, last):
        conditions, start = _window(way, spread, first, end)
        yield conditions, start
        if start <= spread.first:
            return


def _course(way: Plan, spread: Spread) -> Course:
    """Of the hits in this time."""
    met = way.sample.having(way.telling)
    if not met:
        return Course(spread.lines, max(way.likely, 1))
    numbers = way.sample.during(spread.first, spread.last)
    newest, end = bisect_left(met, numbers.start), bisect_left(met, numbers.stop)
    each = way.likely / len(met)
    places = [spread.since(way.sample.days[number]) for number in met[newest : min(end, newest + FOLLOWED)]]
    return Course(spread.lines, each * max(end - newest, LEAST), places, each)


def _first(way: Plan, course: Course) -> float:
    """How many hits the first window should hold."""
    if way.reads:
        return READ_WISHED if way.channel is None else READ_WISHED * ORDERED
    read = any(sql.READ in condition.sql for condition in way.checked)
    return (READ if read else 1) * (WISHED + way.each * (TOLD_BEGUN if course.told else BEGUN))


def _more(way: Plan, course: Course, wished: float) -> float:
    """How many hits the next window should hold after one that held next to nothing."""
    if way.reads:
        return wished * GROWTH
    if course.told:
        return wished * FOLLOWING
    course.follow()
    return WISHED if course.told else wished * WIDER


def _most(course: Course, spread: Spread) -> float:
    """How many lines are looked at in all while nothing is found."""
    return inf if course.told else spread.lines / FIRST_PART


def _rounded(way: Plan, course: Course, start: date, last: date) -> date:
    """Earlier, where this costs nothing and saves keys."""
    if way.reads:
        return start
    start = _with_month(start, last)
    return start if course.told else _with_year(start, last)


def _with_month(start: date, last: date) -> date:
    """Earlier, to where its month begins, if the index is asked for months: it finds whole ones in any case."""
    return start if (last - start).days < sql.MOST_DAYS else start.replace(day=1)


def _with_year(start: date, last: date) -> date:
    """Earlier, to where its year begins, if there are so many that this saves keys for months and adds little."""
    return start if last.year - start.year < EVEN_YEARS else start.replace(month=1, day=1)


def _window(way: Plan, spread: Spread, first: date, last: date, expected: float = inf) -> tuple[Conditions, date]:
    """The index narrows by time as well, unless that costs more than asking for all that is left, as half of CHEAP is
    what any window costs. The day from which on it is asked is then the first of all. `expected`: hits in the window.
    """
    if way.channel is not None:
        return [*sql.in_order(way.channel, first, last), *way.checked], first
    narrowing = UNPACKED * PAGE * min(spread.listed(first, last) / PAGE_LINES, CANDIDATES * expected)
    if not way.reads and way.whole.cost < CHEAP / 2 + narrowing:
        return _all_before(way, last), spread.first
    return [sql.within(first, last), *way.conditions, sql.any_key(sql.time_keys(first, last))], first


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
