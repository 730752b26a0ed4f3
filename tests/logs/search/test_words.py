"""The index and Python agree on what a word is."""

from __future__ import annotations

import re
from unicodedata import category, combining, normalize

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from logs.text.words import UNCHANGED, fold, fold_exactly, fold_with_positions, lexemes, split_words
from tests import examples
from tests.logs.search.conftest import PIECES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Foo::Bar->new($x);", ["foo", "bar", "new", "x"]),
        ("he said “hello”…", ["he", "said", "hello"]),
        ("\x02b\x02old and \x0304,02red\x03", ["bold", "and", "red"]),
        ("naïve 日本語 😀ok", ["naive", "日本語", "😀", "ok"]),
        ("don’t 日本go", ["dont", "日本", "go"]),
        ("", []),
    ],
)
def test_a_text_is_split_into_words(text: str, words: list[str]) -> None:
    assert split_words(text) == words


def test_what_folding_leaves_alone_is_left_alone_whatever_stands_beside_it() -> None:
    """But for blanks and apostrophes of other kinds, and the case of ASCII, which the comparison takes care of."""
    unchanged = re.compile(f"[{UNCHANGED}]")
    signs = [sign for sign in map(chr, range(0x9, 0x20000)) if unchanged.match(sign)]
    assert len(signs) > 40_000
    joined = {part[-1] for part in map(decomposition, map(chr, range(0x80, 0x20000))) if len(part) > 1}
    for sign in signs:
        expected = " " if sign in "\xa0\u3000" else "'" if sign in "‘’" else sign
        expected = expected.lower() if sign.isascii() else expected
        assert fold(sign) == fold_exactly(sign) == expected, hex(ord(sign))
        assert not combining(sign)
        assert sign not in joined


def decomposition(sign: str) -> str:
    """A canonical one: what NFC may join again."""
    return normalize("NFD", sign)


def test_what_readers_take_for_the_same_is_folded() -> None:
    for one, other in [("Straße", "STRASSE"), ("CAFÉ", "cafe\u0301"), ("Ёлка", "елка"), ("İstanbul", "istanbul")]:
        assert fold(one) == fold(other)
    assert fold("ΣΟΦΌΣ") == fold("σοφος")
    assert fold("ﾊﾝｶｸｶﾞＡ") == "ハンカクガa"
    assert fold("й") == fold("и\u0306") != fold("и")
    assert fold("ї") != fold("і")
    assert fold("Łódź Øre smörgås Ægir") == "lodz ore smorgas aegir"
    assert fold("zero\u200bwidth كـتاب") == "zerowidth كتاب"
    assert fold_exactly("CAFÉ Ёлка") == "café ёлка"


def test_places_lead_back_to_the_text() -> None:
    folded, places = fold_with_positions("aße\u0301x")
    assert (folded, list(places)) == ("assex", [0, 1, 1, 2, 4, 5])
    folded, places = fold_with_positions("ABe\u0301C«")
    assert (folded, list(places)) == ("abec«", [0, 1, 2, 4, 5, 6])


@pytest.mark.django_db
def test_the_index_folds_and_separates_every_character_as_we_do() -> None:
    """Alone, and between two letters. What Python's version of Unicode does not know yet is left out."""
    known = [n for n in range(1, 0x110000) if not 0xD800 <= n <= 0xDFFF and category(chr(n)) not in {"Cn", "Co"}]
    for start in range(0, len(known), 20_000):  # a statement has a time limit
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT n, logs_folded('x' || chr(n) || 'y'), logs_exact(chr(n)),"
                " tsvector_to_array(logs_lexemes('b' || chr(n) || 'c', 1::smallint)) FROM unnest(%s) AS n",
                [known[start : start + 20_000]],
            )
            wrong = [
                (hex(n), folded, exact, words)
                for n, folded, exact, words in cursor.fetchall()
                if (folded, exact) != (fold(f"x{chr(n)}y"), fold_exactly(chr(n)))
                or set(words) != lexemes(f"b{chr(n)}c")
            ]
        assert wrong == []


@pytest.mark.django_db
@settings(max_examples=examples.count(100, nightly=300))
@given(
    st.lists(
        st.sampled_from(PIECES)
        | st.text(alphabet="1e5.+-xav0' \x02\x03,é\u0301日本語ไท🎉ßй\u0306", max_size=8)
        | st.text(
            alphabet=st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cn", "Co", "Cs"])
        ),
        max_size=6,
    ).map(" ".join)
)
def test_the_index_holds_these_words(db: None, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(logs_lexemes(%s, 1::smallint)), logs_folded(%s)", [text, text])
        words, folded = cursor.fetchone()
    assert folded == fold(text)
    assert set(words) == lexemes(text)


@pytest.mark.django_db
def test_a_word_that_is_too_long_is_left_out() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tsvector_to_array(logs_lexemes(%s, 1::smallint)), logs_lexemes('foo', 4::smallint)::text",
            ["x" * 3000 + " foo " + "日" * 3000],
        )
        assert cursor.fetchone() == (["foo", "日", "日日"], "")
