"""How far back so many lines reach, and which days stand for others."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from logs.search.statistics import Months, Spread

LAST = date(2026, 3, 31)
MONTHS = {date(2026, 3, 1): 310.0, date(2026, 1, 1): 31.0, date(2010, 2, 1): 280.0}

days = st.dates(date(1, 1, 1), date(9999, 12, 31))


def test_silent_years_are_passed_over() -> None:
    spread = Spread(date(2010, 1, 1), LAST, Months(MONTHS))
    assert spread.start(LAST, 100) == date(2026, 3, 22)
    assert spread.start(LAST, 341) == date(2026, 1, 1)
    assert spread.start(LAST, 351) == date(2010, 2, 28)
    assert spread.start(LAST, 9999) == date(2010, 1, 1)
    assert spread.start(date(2026, 2, 15), 1) == date(2026, 1, 31)


def test_lines_between_two_days() -> None:
    spread = Spread(date(2010, 1, 1), LAST, Months(MONTHS))
    assert spread.between(date(2010, 1, 1), LAST) == spread.lines == 621
    assert spread.between(date(2026, 1, 31), date(2026, 3, 2)) == 1 + 20
    assert spread.between(date(2011, 1, 1), date(2025, 1, 1)) == 0


def test_a_channel_is_a_part_of_what_is_listed() -> None:
    spread = Spread(date(2026, 3, 1), LAST, Months({date(2026, 3, 1): 31}), Months(MONTHS))
    assert (spread.lines, spread.listed(date(2026, 3, 1), LAST)) == (31, 310)
    assert spread.listed(date(2026, 1, 31), date(2026, 3, 2)) == 1 + 20


def test_without_known_months_all_days_count_the_same() -> None:
    spread = Spread(date(2026, 1, 1), LAST, Months({date(1999, 1, 1): 5}))
    assert (spread.lines, spread.start(LAST, 10)) == (90, date(2026, 3, 22))


def test_stretches_hold_as_many_lines_each() -> None:
    stretches = Spread(date(2010, 1, 1), LAST, Months(MONTHS)).stretches(LAST, 23)
    assert [stretch.lines for stretch in stretches] == [27] * 23
    assert sum(stretch.middle.year == 2010 for stretch in stretches) == 10
    assert stretches[0].middle == date(2026, 3, 30)
    assert stretches[0].times == 2.7


@given(days, days, st.dictionaries(days.map(lambda day: day.replace(day=1)), st.floats(0, 1e9)), st.floats(0, 1e10))
def test_whatever_the_months_are_the_days_stay_inside(
    one: date, other: date, months: dict[date, float], lines: float
) -> None:
    first, last = sorted((one, other))
    spread = Spread(first, last, Months(months))
    assert first <= spread.start(last, lines) <= last
    assert spread.start(last, spread.lines * 2 + 1) == first
    stretches = spread.stretches(last, 8)
    assert all(first <= stretch.middle <= last for stretch in stretches)
    assert stretches == sorted(stretches, key=lambda stretch: stretch.middle, reverse=True)
    middle = first + timedelta(days=(last - first).days // 2)
    assert spread.until(middle) <= spread.until(last)
    assert spread.between(first, middle) <= spread.between(first, last) == spread.lines
