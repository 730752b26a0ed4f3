"""What a word is: the same here and in the functions of the search index (logs/sql/search_functions.sql).

A word is a run of characters none of which separates. Formatting codes vanish first, wherever they stand. Both are
spelt as code points and not by names of classes, because those differ between Python, PostgreSQL and its locales.
"""

from __future__ import annotations

import re

CODES = (
    r"\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?"
    r"|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
"""A regular expression, of PostgreSQL and of Python alike, for one formatting code."""

SEPARATORS = (
    r"\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7"
    r"\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030"
    r"\ue000-\uf8ff\ufe00-\ufe6f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff"
    r"\U0001f000-\U0001fbff"
)
"""What stands inside the brackets of a regular expression: blanks, punctuation, symbols, emoji."""

_CODES = re.compile(CODES)
_WORD = re.compile(rf"[^{SEPARATORS}]+")


def split_words(text: str) -> list[str]:
    """The words of a text, in order, in lower case."""
    return [word.lower() for word in _WORD.findall(_CODES.sub("", text))]
