"""Lines of text as HTML: formatting and links; anything that looks like markup is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from linkify_it import LinkifyIt
from markupsafe import Markup, escape

from logs.text import irc_formatting

# Characters that need more than escaping. Most texts have none of them: a quick check avoids the slow path.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U0001fffe-\U0010ffff]")
_ANCHOR = Markup('<a href="{}" rel="nofollow ugc noopener">')
_END = Markup("</a>")
_SPAN = Markup('<span class="{}">{}</span>')


class Link(NamedTuple):
    """text[start:end] is a link to `href`; only http, https, irc, ircs and mailto are linked."""

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
    """A quick check without false negatives."""
    if "://" in text:
        return True
    lowered = text.lower()
    return "www." in lowered or "mailto:" in lowered


def find_links(text: str) -> list[Link]:
    """The links of a text, in order; they do not overlap."""
    if not may_hold_link(text):
        return []
    matches = _finder.match(text) or []
    return [Link(match.index, match.last_index, _href(match.raw)) for match in matches]


def _href(raw: str) -> str:
    return f"https://{raw}" if raw[:4].lower() == "www." else raw


def text_html(text: str) -> Markup:
    """Well-formed HTML with the text of `strip_formatting(text)`; it has class names, and no styles or scripts."""
    if not may_hold_link(text) and (text.isprintable() or _CONTROL.search(text) is None):
        return escape(text)
    runs = list(irc_formatting.split_runs(text))
    links = find_links("".join(part for _, part in runs))
    return Markup("").join(_pieces(runs, links))


def _pieces(runs: list[tuple[str, str]], links: list[Link]) -> Iterator[Markup]:
    """Split runs where links begin and end, so that formatting is always inside a link, never around a part of it."""
    position = 0
    remaining = iter(links)
    link = next(remaining, None)
    for classes, text in runs:
        end = position + len(text)
        # Cut this run at the next start or end of a link, or at its own end.
        while position < end:
            if link is None:
                border = end
            elif position < link.start:
                border = min(end, link.start)
            else:
                border = min(end, link.end)
            # `position` counts in the whole text, `piece` is cut from this run.
            piece = text[len(text) - (end - position) :][: border - position]
            if link and position == link.start:
                yield _ANCHOR.format(link.href)
            yield _SPAN.format(classes, piece) if classes else escape(piece)
            position = border
            if link and position == link.end:
                yield _END
                link = next(remaining, None)
