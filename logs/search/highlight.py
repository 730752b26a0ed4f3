"""Highlight the words of a query in the markup of a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup, escape

from logs.search.query_parser import Term
from logs.search.term_pattern import term_pattern
from logs.text.words import SEPARATORS, UNSEGMENTED, fold, fold_exactly, fold_with_places

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
    return re.compile("|".join(map(_term_pattern, chosen))) if chosen else None


def _term_pattern(term: Term) -> str:
    word = f"[^{SEPARATORS}{UNSEGMENTED}]"
    pattern = term_pattern(term, before=f"(?<!{word})", after=f"(?!{word})")
    return pattern + f"{word}*" * term.prefix


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
            folded, places = fold_with_places(text, folding)
            for match in one.finditer(folded):
                start, end = match.span()
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
