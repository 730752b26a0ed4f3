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
from logs.search.highlight import raw_pattern
from logs.search.query_parser import Term, parse
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


def test_what_excludes_lines_by_their_raw_text_knows_all_characters() -> None:
    """What folds to a character of ASCII is that character, or what is never excluded."""
    letters, signs, dots = (
        re.compile(f"[{found}]") for found in (sql._FORMS_OF_LETTERS, sql._FORMS_OF_SIGNS, sql._FORMS_OF_DOTS)
    )
    for sign in map(chr, range(0x80, 0x20000)):
        for char in {*fold(sign), *fold_exactly(sign)} - {" "}:
            if char.isascii():
                term = raw_pattern(Term(char, quoted=True))
                is_letter = char.isalnum()
                other = letters if is_letter else signs
                known = other.match(sign) or (char == "." and dots.match(sign)) or re.match(term, sign)
                assert known or (not is_letter and letters.match(sign)), (hex(ord(sign)), char)


def test_the_forms_of_a_sign_are_all_that_fold_to_it() -> None:
    folding = {sign: {*fold(sign), *fold_exactly(sign)} for sign in map(chr, range(0x80, 0x20000))}
    for sign, forms in sql._FORMS_OF_SIGN.items():
        assert {other for other, folded in folding.items() if sign in folded} == set(forms), sign


@pytest.mark.parametrize(
    ("typed", "raw"),
    [
        ("for()", r"[fF]['’‘ʼʻ׳´＇]?[oO]['’‘ʼʻ׳´＇]?[rR]\(\)"),
        ('"a -> b1"', r"[aA][^0-9A-Za-z]+\->[^0-9A-Za-z]+[bB]1"),
        ('"' + "a" * 100 + '"', "[aA]" * 60),
        ("ü", "[uU]"),
        ("日x", ""),
    ],
)
def test_a_term_of_ascii_is_looked_for_in_the_text_as_it_was_said(typed: str, raw: str) -> None:
    assert raw_pattern(parse(typed).marked[0]) == raw


@pytest.mark.parametrize(
    ("typed", "patterns"),
    [
        ("(ツ)", ["%(%", "%(%)%"]),
        ("日本->語", ["%->%", "%-%>%"]),
        ("日%_a", [r"%\%\_%", r"%\%%\_%"]),
    ],
)
def test_punctuation_is_looked_for_in_the_text_as_it_was_said(typed: str, patterns: list[str]) -> None:
    condition = next(condition for condition in sql.checked(parse(typed)) if "LIKE" in condition.sql)
    assert condition.params == patterns


@pytest.mark.parametrize(
    ("typed", "lexemes"),
    [
        ("(ツ)", sql.Lexemes(("ツ",))),
        ("ツ", sql.Lexemes((), "ツ")),
        ("日本()", sql.Lexemes(("日本", "本"))),
        ("(日本", sql.Lexemes(("日本",))),
        ('"日本 語"', sql.Lexemes(("日本", "本"))),
        ("語go", sql.Lexemes(("go", "語"))),
        ("語go*", sql.Lexemes(("語",), "go")),
    ],
)
def test_a_run_that_ends_within_a_term_is_looked_up_by_its_last_character(typed: str, lexemes: sql.Lexemes) -> None:
    assert sql.Lexemes.of(parse(typed).marked[0]) == lexemes
