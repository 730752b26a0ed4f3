"""Keys of time, as the index has them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from logs.search import sql
from tests import examples

days = st.dates(date(1970, 1, 1), date(9999, 12, 31))


@pytest.mark.django_db
@settings(max_examples=examples.count(20, nightly=60))
@given(days, days, days)
def test_keys_of_time_hold_every_line_of_it_and_none_of_other_months(one: date, other: date, day: date) -> None:
    first, last = sorted((one, other))
    at = datetime.combine(day, time(23, 59), UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT logs_keys(1, %s, 'ann', 1::smallint, '') && %s", [at, sql.time_keys(first, last)])
        (held,) = cursor.fetchone()
    if first <= day <= last:
        assert held
    elif not (first.year, first.month) <= (day.year, day.month) <= (last.year, last.month):
        assert not held


def test_many_years_need_few_keys() -> None:
    assert len(sql.time_keys(date(1990, 2, 1), date(2026, 11, 30))) == 11 + 35 + 11
    assert len(sql.time_keys(date(2026, 1, 1), date(2026, 12, 31))) == 1
