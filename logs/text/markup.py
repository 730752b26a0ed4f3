"""Text as HTML: formatting, links, and nothing else that its speaker could have meant as markup."""
# MERGED: Finding links in what people said.

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from linkify_it import LinkifyIt
from markupsafe import Markup, escape

from logs.text import irc_formatting

# What most texts lack. A printable text without a link only needs escaping; many that are not printable, too.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U0001fffe-\U0010ffff]")
_ANCHOR = Markup('<a href="{}" rel="nofollow ugc noopener">')
_END = Markup("</a>")
_SPAN = Markup('<span class="{}">{}</span>')


def text_html(text: str) -> Markup:
    """Well-formed HTML whose text is that of `mirc.strip(text)`; class names only, no styles, no scripts."""
    if not may_hold_link(text) and (text.isprintable() or _CONTROL.search(text) is None):
        return escape(text)
    runs = list(irc_formatting.split_runs(text))
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


class Link(NamedTuple):
    """text[start:end] is a link to `href`; only http, https, irc, ircs and mailto are ever linked."""

    start: int
    end: int
    href: str


def _linkifier() -> LinkifyIt:
    finder = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False})
    finder.add("ftp:", None).add("//", None).add("irc:", "http:").add("ircs:", "http:")
    host_and_path = finder.re["src_host_port_strict"] + finder.re["src_path"]
    return finder.add("www.", {"validate": re.compile("^" + host_and_path, re.IGNORECASE)})


_finder = _linkifier()


def may_hold_link(text: str) -> bool:
    """A quick look that may say yes too often, never no too often."""
    if "://" in text:
        return True
    lowered = text.lower()
    return "www." in lowered or "mailto:" in lowered


def find_links(text: str) -> list[Link]:
    """The links of a text, in order, never overlapping."""
    if not may_hold_link(text):
        return []
    found = _finder.match(text) or []
    return [Link(match.index, match.last_index, _href(match.raw)) for match in found]


def _href(raw: str) -> str:
    return f"https://{raw}" if raw[:4].lower() == "www." else raw
