"""Marking what was looked for in the markup of a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from itertools import pairwise

from markupsafe import Markup, escape

from logs.search.query_parser import Term
from logs.search.text_normalisation import SEPARATORS

_PART = re.compile(r"(<[^>]*>)")
_MARKED = Markup("<mark>{}</mark>")


def marker(terms: Sequence[Term]) -> re.Pattern[str] | None:
    """What finds the terms in a text without formatting codes; None if there is nothing to find."""
    found = [_pattern(term) for term in sorted(terms, key=lambda term: -len(" ".join(term.words)))]
    return re.compile("|".join(found), re.IGNORECASE) if found else None


def _pattern(term: Term) -> str:
    words = rf"[{SEPARATORS}]+".join(re.escape(word) for word in term.words)
    return rf"(?<![^{SEPARATORS}]){words}" + (rf"[^{SEPARATORS}]*" if term.prefix else rf"(?![^{SEPARATORS}])")


def mark(html: Markup, terms: re.Pattern[str] | None) -> Markup:
    """The same text and elements; what the terms find in the text stands in `mark`, also across elements."""
    if terms is None:
        return html
    parts = _PART.split(html)  # every second part is a tag
    texts = [unescape(part) for part in parts[::2]]
    borders = [border for match in terms.finditer("".join(texts)) for border in match.span()]
    if not borders:
        return html
    marked = []
    position = 0
    for number, text in enumerate(texts):
        marked += _cut(text, position, borders)
        position += len(text)
        marked.append(Markup(parts[2 * number + 1]) if 2 * number + 1 < len(parts) else Markup())  # noqa: S704 (ours)
    return Markup().join(marked)


def _cut(text: str, start: int, borders: Sequence[int]) -> list[Markup]:
    """A stretch of text that begins at `start` of the whole, its parts between each two borders marked."""
    cuts = [0, *(border - start for border in borders if start < border < start + len(text)), len(text)]
    inside = sum(border <= start for border in borders) % 2 == 1
    pieces = []
    for first, last in pairwise(cuts):
        if first < last:
            pieces.append(_MARKED.format(text[first:last]) if inside else escape(text[first:last]))
            inside = not inside
    return pieces
