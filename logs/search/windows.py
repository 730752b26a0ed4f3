"""Time in windows, the newest first, each of which should hold a page of results and not many more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from logs.search import sql
from logs.search.asking import Asking
from logs.search.plan import READ_WISHED, Plan
from logs.search.spread import Spread

WISHED = 250
GROWTH = 3
SAMPLED_DAYS = 32
_DAY = timedelta(days=1)


def windows(ask: Asking, way: Plan, spread: Spread) -> Iterator[tuple[list[sql.Condition], date, date]]:
    """What to ask for, from which day to which, both included.

    The first should hold enough if every line were as likely to be found. If it does not, a sample of days tells
    where the next ones should end.
    """
    rarity = spread.lines / max(way.likely, 1)
    last = spread.last
    lines = (READ_WISHED if way.reads else WISHED) * rarity
    read = 0.0
    while True:
        start = spread.start(last, lines)
        yield way.conditions, start, last
        if start <= spread.first:
            return
        last = start - _DAY
        read += lines
        lines *= GROWTH
        if (read + lines) > way.reads * spread.lines:
            break
    way = way.otherwise or way
    for window in _sampled(ask, way, spread, last):
        yield way.conditions, *window


def _sampled(ask: Asking, way: Plan, spread: Spread, last: date) -> Iterator[tuple[date, date]]:
    """Intervals that should hold WISHED hits, then GROWTH times as many and so on, as a sample of days has it."""
    wished, expected, lines = float(WISHED), 0.0, 0.0
    stretches = spread.stretches(last, SAMPLED_DAYS)
    hits = ask.by_day(
        [*way.indexed, sql.any_key(sql.day_key(day) for day in {stretch.middle for stretch in stretches})]
    )
    for stretch in stretches:
        rest, found = 1.0, hits.get(stretch.middle, 0) * stretch.times
        while expected + found * rest >= wished:
            part = (wished - expected) / found
            start = spread.start(last, lines + stretch.lines * part)
            yield start, last
            if start <= spread.first:
                return
            last, rest = start - _DAY, rest - part
            expected, lines, wished = 0.0, 0.0, wished * GROWTH
        expected += found * rest
        lines += stretch.lines * rest
    yield spread.first, last
