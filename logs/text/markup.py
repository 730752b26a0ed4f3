"""Lines of text as HTML: formatting and links; anything that looks like markup is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import category

from linkify_it import LinkifyIt
from markupsafe import Markup, escape

from logs.text import irc_formatting

# Characters that need more than escaping. Most texts have none of them: a quick check avoids the slow path.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U0001fffe-\U0010ffff]")
_ANCHOR = Markup('<a href="{}" rel="nofollow ugc noopener">')
_END = Markup("</a>")
_SPAN = Markup('<span class="{}">{}</span>')

HIGHLIGHTED = "highlighted"
"""The class of a line that holds a word which its reader chose."""


class Link(NamedTuple):
    """text[start:end] is a link to `href`; only http, https, irc, ircs and mailto are linked."""

    start: int
    end: int
    href: str


def _linkifier() -> LinkifyIt:
    finder = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False})
    finder.add("irc:", "http:").add("ircs:", "http:")
    host_and_path = finder.re["src_host_port_strict"] + finder.re["src_path"]
    return finder.add("www.", {"validate": re.compile("^" + host_and_path, re.IGNORECASE)})


HIGHLIGHTED = "highlighted"
"""The class of a line that holds a word which its reader chose."""

_finder = _linkifier()

MAX_URL_CHARACTERS = 2000
"""A longer run of characters without a blank is not searched for links."""

EXAMINED_PER_CHARACTER = 4
"""How often each character of a text may be examined on average before the search for links ends."""

_START = re.compile(r"(https?:|ircs?:|mailto:|www\.)", re.IGNORECASE)

# A link ends at a blank, and at controls of writing direction, which could show another address than the link leads to.
_BLANK = re.compile("[\\s\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def may_hold_link(text: str) -> bool:
    """A quick check without false negatives."""
    if "://" in text:
        return True
    lowered = text.lower()
    return "www." in lowered or "mailto:" in lowered


def find_links(text: str) -> list[Link]:
    """The links of a text, in order; they do not overlap.

    The cost grows in step with the length of the text, whatever is in it. linkify-it's own search does not: after each
    prefix that begins no link it examines the rest of the text again, so that `www.www.www...` takes quadratic time.
    Here linkify-it only sees what stands between a prefix and the next blank, and only as long as the budget lasts.
    """
    if not may_hold_link(text):
        return []
    links: list[Link] = []
    budget = EXAMINED_PER_CHARACTER * len(text)
    position = 0
    while found := _START.search(text, position):
        start, position = found.span()
        if start and not _is_boundary(text[start - 1]):
            continue
        blank = _BLANK.search(text, position)
        end = blank.start() if blank else len(text)
        if end - start > MAX_URL_CHARACTERS:
            position = end
            continue
        budget -= end - start
        if budget < 0:
            break
        url = text[start:end]
        if length := _finder.test_schema_at(url, found[1].lower(), position - start):
            position += length
            links.append(Link(start, position, _href(text[start:position])))
    return links


def _is_boundary(before: str) -> bool:
    """Whether a link may begin after this character: blanks, punctuation and controls, as in linkify-it."""
    return before != "_" and (before in "<>\uff5c" or category(before)[0] in "ZP" or category(before) == "Cc")


def _href(raw: str) -> str:
    return f"https://{raw}" if raw[:4].lower() == "www." else raw


def text_html(text: str) -> Markup:
    """Well-formed HTML with the text of `strip_formatting(text)`; it has class names, and no styles or scripts."""
    if not may_hold_link(text) and (text.isprintable() or _CONTROL.search(text) is None):
        return escape(text)
    runs = list(irc_formatting.split_runs(text))
    links = find_links("".join(part for _, part in runs))
    return Markup("").join(_pieces(runs, links))


def prose_html(text: str) -> Markup:
    """Return a text of several lines as HTML, each line as `text_html` draws it."""
    return Markup("<br>").join(text_html(line) for line in text.splitlines())


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
