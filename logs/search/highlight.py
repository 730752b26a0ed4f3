"""Highlight the words of a query in the markup of a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from itertools import pairwise

from markupsafe import Markup, escape

from logs.search.query_parser import Term
from logs.text.words import SEPARATORS

_TAG = re.compile(r"(<[^>]*>)")


def highlight_pattern(terms: Sequence[Term]) -> re.Pattern[str] | None:
    """What finds the terms in a text without formatting codes; None if there are none."""
    # Of two terms that begin at the same word the longer one is highlighted.
    patterns = [_pattern(term) for term in sorted(terms, key=lambda term: -len(" ".join(term.words)))]
    return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None


def _pattern(term: Term) -> str:
    words = rf"[{SEPARATORS}]+".join(re.escape(word) for word in term.words)
    return rf"(?<![^{SEPARATORS}]){words}" + (rf"[^{SEPARATORS}]*" if term.prefix else rf"(?![^{SEPARATORS}])")


def highlight(html: Markup, pattern: re.Pattern[str] | None) -> Markup:
    """The same text and elements; what the pattern finds in the text stands in `mark`, also across elements."""
    if pattern is None:
        return html
    parts = _TAG.split(html)  # text and tags take turns, beginning with text
    texts = [unescape(part) if "&" in part else part for part in parts[::2]]
    borders = [border for match in pattern.finditer("".join(texts)) for border in match.span()]
    if not borders:
        return html
    position = 0
    for number, text in enumerate(texts):
        parts[2 * number] = _mark(text, position, borders)
        position += len(text)
    return Markup("".join(parts))  # noqa: S704  (the tags are ours, the texts are escaped)


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
