"""Text as HTML: formatting, links, and nothing else that its speaker could have meant as markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from logs.text import mirc
from logs.text.links import Link, find_links, may_hold_link

# What most texts lack. A printable text without a link only needs escaping; many that are not printable, too.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U0001fffe-\U0010ffff]")
_ANCHOR = Markup('<a href="{}" rel="nofollow ugc noopener">')
_END = Markup("</a>")
_SPAN = Markup('<span class="{}">{}</span>')


def text_html(text: str) -> Markup:
    """Well-formed HTML whose text is that of `mirc.strip(text)`; class names only, no styles, no scripts."""
    if not may_hold_link(text) and (text.isprintable() or _CONTROL.search(text) is None):
        return escape(text)
    runs = list(mirc.runs(text))
    links = find_links("".join(part for _, part in runs))
    return Markup("").join(_pieces(runs, links))


def _pieces(runs: list[tuple[str, str]], links: list[Link]) -> Iterator[Markup]:
    """Runs cut where links begin and end, so that a link holds formatting and never the other way round."""
    position = 0
    waiting = iter(links)
    link = next(waiting, None)
    for classes, text in runs:
        end = position + len(text)
        while position < end:
            if link is None:
                border = end
            elif position < link.start:
                border = min(end, link.start)
            else:
                border = min(end, link.end)
            piece = text[len(text) - (end - position) :][: border - position]
            if link and position == link.start:
                yield _ANCHOR.format(link.href)
            yield _SPAN.format(classes, piece) if classes else escape(piece)
            position = border
            if link and position == link.end:
                yield _END
                link = next(waiting, None)
