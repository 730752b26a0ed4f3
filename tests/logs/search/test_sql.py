"""Keys of time, as the index has them, and what excludes lines before they are folded."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from unicodedata import is_normalized

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from logs.search import sql
from logs.search.query_parser import parse
from logs.text.words import fold, fold_exactly
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


def test_what_excludes_lines_by_their_punctuation_knows_all_characters() -> None:
    """Only a character without a normal form folds to other punctuation, and only those listed vanish."""
    vanishing = re.compile(sql._VANISHING)
    for sign in filter(lambda sign: fold(sign) != sign, map(chr, range(0x80, 0x20000))):
        if vanishing.match(sign):
            continue
        folded = {*fold(sign), *fold_exactly(sign)}
        assert folded
        if folded & set("<=>"):
            assert not is_normalized("NFKD", sign), hex(ord(sign))
        elif sql._PUNCTUATION.search("".join(folded)):
            assert not is_normalized("NFKC", sign), hex(ord(sign))


@pytest.mark.parametrize(
    ("typed", "patterns"),
    [
        ("for()", ["for()", "%(%)%", "%()%"]),
        ("don't()", ["dont()", "%(%)%", "%()%"]),
        ("50%_a", ["50%_a", r"%\%%\_%", r"%\%\_%"]),
        ("std::vector<int>", ["std::vector<int>", "%:%:%<%>%", "%::%"]),
    ],
)
def test_punctuation_is_looked_for_in_the_text_as_it_was_said(typed: str, patterns: list[str]) -> None:
    condition = next(condition for condition in sql.checked(parse(typed)) if "LIKE" in condition.sql)
    needle, scattered, together, again = condition.params
    assert ([needle, scattered, together], again) == (patterns, scattered)
