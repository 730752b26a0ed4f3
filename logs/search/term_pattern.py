"""Regular expressions that find a term or a link in a line, for PostgreSQL's check of hits and in Python alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from logs.search.query_parser import Term
from logs.text.words import BLANKS, SEPARATORS, is_segmented, is_word_character

MAX_APOSTROPHE_CHARACTERS = 30
"""In longer text apostrophes may be missing, but none is expected: the time of a search grows with their number."""


def term_pattern(term: Term, *, before: str, after: str) -> str:
    """Finds the term in a text that is folded like it; `before` and `after` match the borders of a word."""
    parts = term.folded.split()
    expression = _spell(parts[0], exact=term.quoted)
    for first, second in pairwise(parts):
        # Beside punctuation only blanks may stand: it would be among what separates words, and then the time of a
        # backtracking search grew with the square of the text.
        is_between_words = is_word_character(first[-1]) and is_word_character(second[0])
        gap = f"[{SEPARATORS if is_between_words else BLANKS}]+"
        expression += gap + _spell(second, exact=term.quoted)
    begins = is_segmented(parts[0][0])
    ends = is_segmented(parts[-1][-1]) and not term.prefix
    return (before + _number_prefix(parts[0][0])) * begins + expression + after * ends


def _number_prefix(first: str) -> str:
    """What may stand before a number: `2.10` finds `v2.10`, and `deadbeef` finds `0xdeadbeef`."""
    return "(?:v|0x|v0x)?" if first in "0123456789" else "(?:v?0x)?" if first in "abcdef" else ""


def _spell(text: str, *, exact: bool) -> str:
    """The text as an expression. Unless it is exact, apostrophes inside words may be there or not."""
    expression = re.escape(text[0])
    for before, character, after in zip(text, text[1:], f"{text[2:]} ", strict=False):
        is_inside_word = is_word_character(before) and is_word_character(character)
        if exact:
            expression += re.escape(character)
        elif character == "'" and is_word_character(before) and is_word_character(after):
            expression += "'?"
        else:
            may_follow = is_inside_word and len(text) <= MAX_APOSTROPHE_CHARACTERS
            expression += "'?" * may_follow + re.escape(character)
    return expression


_LINK_START = rf"""(?:^|[{BLANKS}<>()\[\]{{}}"'`“”„«»|,;:*!?])"""
"""What may stand before a link: as in logs/text/markup.py, but for signs that links themselves have."""


def link_pattern(hosts: Iterable[str]) -> str:
    """A regular expression of PostgreSQL that finds links to one of the hosts, or to one below it, in folded text."""
    names = "|".join(map(re.escape, hosts))
    user, parents = rf"(?:[^{BLANKS}/?#@]*@)?", rf"(?:[^{BLANKS}/?#@:]*\.)?"
    # The name ends here, and what follows does not make it the name of a user.
    end = rf"(?::[0-9]+)?(?![^{SEPARATORS}]|[-_@]|\.[^{SEPARATORS}]|[^{BLANKS}/?#]*@)"
    return rf"{_LINK_START}(?:(?:https?|ircs?)://{user}|(?=www\.)){parents}(?:{names}){end}"
