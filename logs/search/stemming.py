"""Other forms of the words of a query, for channels that want them: `run` then finds `runs` and `running`.

The index knows words as they were said. A form that is looked for is one word more with OR, so that channels with and
without this share one index and the option costs nothing until somebody searches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.db import connection

from logs.search.query_parser import Query, Term

_ENDINGS = (
    *["", "s", "es", "ed", "d", "ing", "ings", "e", "er", "ers", "or", "ors", "ly", "y", "ies", "ied", "ying"],
    *["able", "ible", "ation", "ations", "ion", "ions", "ment", "ments", "ness", "ful", "fully", "al", "ally", "ive"],
    *["iveness", "ization", "izations", "ize", "izes", "ized", "izing", "ise", "ises", "ised", "ising", "ity", "ities"],
)
SHORTEST = 3


def with_forms(query: Query) -> Query:
    """The query with all forms of its words in English; words in quotes, beginnings and numbers stay as they are."""
    terms = [*query.marked, *query.without]
    forms = _forms({term.words[0] for term in terms if _has_forms(term)})

    def expanded(group: list[Term]) -> list[Term]:
        return [form for term in group for form in _expanded(term, forms)]

    return replace(query, groups=[expanded(group) for group in query.groups], without=expanded(query.without))


def _has_forms(term: Term) -> bool:
    return term.is_word and not term.prefix and not term.quoted and term.text.isascii() and term.text.isalpha()


def _expanded(term: Term, forms: dict[str, list[str]]) -> Iterator[Term]:
    yield term
    if _has_forms(term):
        yield from (Term(form) for form in forms.get(term.words[0], []) if form != term.words[0])


def _forms(words: Iterable[str]) -> dict[str, list[str]]:
    """Other words that PostgreSQL takes for forms of the same; only its dictionary decides, we guess what to ask it."""
    long = sorted(word for word in words if len(word) >= SHORTEST)
    if not long:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT word, ts_lexize('english_stem', word) FROM unnest(%s) AS word", [long])
        stems = {word: lexemes[0] for word, lexemes in cursor.fetchall() if lexemes}
        guesses = [(word, stem, guess) for word, stem in stems.items() for guess in _guesses(word, stem)]
        columns = [list(column) for column in zip(*guesses, strict=True)] or [[], [], []]
        cursor.execute(
            "SELECT word, array_agg(guess ORDER BY guess) FROM unnest(%s::text[], %s::text[], %s::text[])"
            " AS guesses(word, stem, guess) WHERE ts_lexize('english_stem', guess) = ARRAY[stem] GROUP BY word",
            columns,
        )
        return dict(cursor.fetchall())


def _guesses(word: str, stem: str) -> set[str]:
    bases = {word, stem, stem + stem[-1], stem.removesuffix("i"), word.removesuffix("e")}
    return {base + ending for base in bases for ending in _ENDINGS}
