"""Find a query's words in a line: regular expressions for PostgreSQL and Python alike, and marks in its markup.

Words that PostgreSQL's stemmer found are marked in each of their forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from html import unescape
from itertools import groupby, pairwise
from typing import NamedTuple

from django.db import connection
from markupsafe import Markup, escape

from logs.search.query_parser import Query, Term
from logs.text.words import (
    BLANKS,
    SEPARATORS,
    UNSEGMENTED,
    fold,
    fold_exactly,
    fold_with_positions,
    is_segmented,
    is_word_character,
)

MAX_APOSTROPHE_CHARACTERS = 30
"""In longer text apostrophes may be missing, but none is expected: the time of a search grows with their number."""

MAX_RAW_CHARACTERS = 60
APOSTROPHES = "['’‘ʼʻ׳´＇]"

_FLAG_LETTERS = {chr(letter) for letter in range(0x1F1E6, 0x1F200)}
_OTHER_FLAGS = r"(?<![\U0001f1e6-\U0001f1ff])(?:[\U0001f1e6-\U0001f1ff]{2})*"
"""What may stand before a flag, which is two letters: in 🇩🇪🇸🇪 there is no 🇪🇸."""


def term_pattern(term: Term, *, before: str, after: str, separated: str = "") -> str:
    """Finds the term in a text that is folded like it; `before` and `after` match the borders of a word.

    `separated` matches the border before a `v` or `0x` that was not typed, as the index has numbers without these only
    where a separator stands before: `before` if "". Flags, before which others may stand, are a group.
    """
    parts = term.folded.split()
    expression = _spell(parts[0], exact=term.quoted)
    for first, second in pairwise(parts):
        # Beside punctuation only blanks may stand: it would be among what separates words, and then the time of a
        # backtracking search grew with the square of the text.
        is_between_words = is_word_character(first[-1]) and is_word_character(second[0])
        gap = f"[{SEPARATORS if is_between_words else BLANKS}]+"
        expression += gap + _spell(second, exact=term.quoted)
    if parts[0][0] in _FLAG_LETTERS:
        expression = f"{_OTHER_FLAGS}({expression})"
    begins = is_segmented(parts[0][0])
    ends = is_segmented(parts[-1][-1]) and not term.prefix
    if prefix := _number_prefix(parts[0][0]):
        before = f"(?:{before}|{separated or before}{prefix})"
    return before * begins + expression + after * ends


def _number_prefix(first: str) -> str:
    """What may stand before a number: `2.10` finds `v2.10`, and `deadbeef` finds `0xdeadbeef`."""
    return "(?:v|0x|v0x)" if first in "0123456789" else "v?0x" if first in "abcdef" else ""


def _spell(text: str, *, exact: bool, sign: Callable[[str], str] = re.escape) -> str:
    """The text as an expression. Unless it is exact, apostrophes inside words may be there or not."""
    expression = sign(text[0])
    apostrophe = sign("'") + "?"
    for before, character, after in zip(text, text[1:], f"{text[2:]} ", strict=False):
        is_inside_word = is_word_character(before) and is_word_character(character)
        if exact:
            expression += sign(character)
        elif character == "'" and is_word_character(before) and is_word_character(after):
            expression += apostrophe
        else:
            may_follow = is_inside_word and len(text) <= MAX_APOSTROPHE_CHARACTERS
            expression += apostrophe * may_follow + sign(character)
    return expression


def raw_pattern(term: Term) -> str:
    """What a text has, in any case, that holds the term in ASCII: the term without borders, also among other signs.

    "" if the term is not ASCII. Long terms are found by their beginning.
    """
    if not term.folded.isascii():
        return ""
    parts = term.folded[:MAX_RAW_CHARACTERS].rstrip("'").split()
    return "[^0-9A-Za-z]+".join(_spell(part, exact=term.quoted, sign=_spell_in_any_case) for part in parts)


def _spell_in_any_case(character: str) -> str:
    if character.isalpha():
        return f"[{character}{character.upper()}]"
    return {"'": APOSTROPHES, '"': '["״＂]'}.get(character, re.escape(character))


_LINK_START = rf"""(?:^|[{BLANKS}<>()\[\]{{}}"'`“”„«»|,;:*!?])"""
"""What may stand before a link: as in logs/text/markup.py, but for signs that links themselves have."""


def link_pattern(hosts: Iterable[str]) -> str:
    """A regular expression of PostgreSQL that finds links to one of the hosts, or to one below it, in folded text."""
    names = "|".join(map(re.escape, hosts))
    user, parents = rf"(?:[^{BLANKS}/?#@]*@)?", rf"(?:[^{BLANKS}/?#@:]*\.)?"
    # The name ends here, and what follows does not make it the name of a user.
    end = rf"(?::[0-9]+)?(?![^{SEPARATORS}]|[-_@]|\.[^{SEPARATORS}]|[^{BLANKS}/?#]*@)"
    return rf"{_LINK_START}(?:(?:https?|ircs?)://{user}|(?=www\.)){parents}(?:{names}){end}"


_TAG = re.compile(r"(<[^<>]*>)")


class HighlightPattern(NamedTuple):
    """What finds the terms of a query: in folded text, and those in quotes where accents count."""

    folded: re.Pattern[str] | None
    exact: re.Pattern[str] | None


def highlight_pattern(terms: Sequence[Term]) -> HighlightPattern | None:
    """What finds the terms in a text without formatting codes; None if there are none."""
    patterns = HighlightPattern(_pattern(terms, quoted=False), _pattern(terms, quoted=True))
    return patterns if any(patterns) else None


def _pattern(terms: Sequence[Term], *, quoted: bool) -> re.Pattern[str] | None:
    # Of two terms that begin at the same word the longer one is highlighted.
    chosen = sorted((term for term in terms if term.quoted == quoted), key=lambda term: -len(term.folded))
    patterns = [_with_borders(*borders, list(alike)) for borders, alike in groupby(chosen, key=_borders)]
    return re.compile("|".join(patterns)) if patterns else None


def _borders(term: Term) -> tuple[bool, bool, bool]:
    """Whether the term begins and ends where words do, and whether it is the beginning of one."""
    folded = term.folded.strip()
    return is_segmented(folded[0]), is_segmented(folded[-1]) and not term.prefix, term.prefix


def _with_borders(begins: bool, ends: bool, prefix: bool, terms: Sequence[Term]) -> str:
    """One border for all of these terms: each takes milliseconds to compile."""
    word = f"[^{SEPARATORS}{UNSEGMENTED}]"
    either = "|".join(term_pattern(term, before="", after="") for term in terms)
    return f"(?<!{word})" * begins + f"(?:{either})" + f"(?!{word})" * ends + f"{word}*" * prefix


def highlight(html: Markup, pattern: HighlightPattern | None) -> Markup:
    """The same text and elements; what the pattern finds in the text stands in `mark`, also across elements."""
    if pattern is None:
        return html
    parts = _TAG.split(html)  # text and tags take turns, beginning with text
    texts = [unescape(part) if "&" in part else part for part in parts[::2]]
    borders = _find_borders("".join(texts), pattern)
    if not borders:
        return html
    position = 0
    for number, text in enumerate(texts):
        parts[2 * number] = _mark(text, position, borders)
        position += len(text)
    return Markup("".join(parts))  # noqa: S704  (the tags are ours, the texts are escaped)


def _find_borders(text: str, pattern: HighlightPattern) -> list[int]:
    """Where matches begin and end in the text, in turn; those that touch or overlap are one."""
    spans = []
    for one, folding in ((pattern.folded, fold), (pattern.exact, fold_exactly)):
        if one is not None:
            folded, places = fold_with_positions(text, folding)
            for match in one.finditer(folded):
                flags = match.lastindex or 0  # a group of its own, as other flags may stand before
                start, end = match.span(flags)
                others = [at for at in range(match.start(), start, 2) if folded.startswith(match[flags], at)]
                spans += [(places[at], places[at + end - start]) for at in others]
                # All of the last character, of which the match may hold a part (`s` of `ß`).
                while 0 < end < len(folded) and places[end] == places[end - 1]:
                    end += 1
                spans.append((places[start], places[end]))
    borders: list[int] = []
    for first, last in sorted(spans):
        if borders and first < borders[-1]:
            borders[-1] = max(last, borders[-1])
        else:
            borders += [first, last]
    return borders


def _mark(text: str, start: int, borders: Sequence[int]) -> str:
    """A text that begins at `start` of the line's text, as markup; what lies between each two borders is marked."""
    end = start + len(text)
    cuts = [0, *(border - start for border in borders if start < border < end), len(text)]
    # An odd number of borders up to here: the text begins within a match.
    is_inside = sum(border <= start for border in borders) % 2 == 1
    pieces = []
    for first, last in pairwise(cuts):
        if first < last:
            piece = str(escape(text[first:last]))
            pieces.append(f"<mark>{piece}</mark>" if is_inside else piece)
            is_inside = not is_inside
    return "".join(pieces)


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
