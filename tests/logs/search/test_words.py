"""The index and Python agree on what a word is."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from logs.text.words import split_words
from tests.logs.search.conftest import PIECES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Foo::Bar->new($x);", ["foo", "bar", "new", "x"]),
        ("he said “hello”…", ["he", "said", "hello"]),
        ("\x02b\x02old and \x0304,02red\x03", ["bold", "and", "red"]),
        ("naïve 日本語 😀ok", ["naïve", "日本語", "ok"]),
        ("", []),
    ],
)
def test_a_text_is_split_into_words(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@pytest.mark.django_db
def test_the_index_separates_at_the_same_characters() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n FROM generate_series(1, x'1ffff'::int) AS n"
            " WHERE n NOT BETWEEN x'd800'::int AND x'dfff'::int AND trim(logs_words(chr(n), 1::smallint)) = ''"
        )
        separating = {row[0] for row in cursor.fetchall()}
    ours = {n for n in range(1, 0x20000) if not 0xD800 <= n <= 0xDFFF and not split_words(chr(n))}
    assert separating == ours


@pytest.mark.django_db
@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(PIECES) | st.text(alphabet="1e5.+-xa \x02\x03,é", max_size=8), max_size=6).map(" ".join)
)
def test_the_index_holds_these_words(db: None, text: str) -> None:
    assume(not re.search("[0-9][eE][0-9]", text))  # PostgreSQL splits `1e5x`, in lines and queries alike
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(to_tsvector('simple', logs_words(%s, 1::smallint)))", [text])
        assert set(cursor.fetchone()[0]) == set(split_words(text))
