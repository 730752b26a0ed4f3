"""Finding links in what people said."""

from __future__ import annotations

import re
from typing import NamedTuple

from linkify_it import LinkifyIt


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
