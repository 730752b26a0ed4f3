"""Links that were shared in lines: each one once, with who shared it, how often and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import gevent

from logs.models.line import SAID
from logs.render import LineLike
from logs.text.irc_formatting import strip_formatting
from logs.text.markup import find_links
from logs.text.names import fold, parse_bridged

LINES_AT_ONCE = 50
"""So many lines are looked through before other requests go on."""


@dataclass(slots=True)
class SharedLink:
    """A link, the newest line with it, the number of lines, and who said them: the newest first, each once."""

    address: str
    host: str
    line: int
    at: datetime
    times: int = 0
    nicks: list[str] = field(default_factory=list)


def collect_links(lines: Iterable[LineLike], bridges: Collection[str] = (), host: str = "") -> list[SharedLink]:
    """Return the links of lines, in the order of the lines: those to a host or one below it, or all.

    `bridges` holds the folded nicks of bots that relay messages from elsewhere.
    """
    found: dict[str, SharedLink] = {}
    for number, line in enumerate(lines):
        if number % LINES_AT_ONCE == LINES_AT_ONCE - 1:
            gevent.sleep(0)
        bridged = parse_bridged(line.text) if line.kind in SAID and bridges and fold(line.nick) in bridges else None
        nick = bridged.name if bridged else line.nick
        hrefs = (link.href for link in find_links(strip_formatting(line.text)))
        for address in dict.fromkeys(hrefs):
            name = host_of(address)
            if not name or (host and not is_below(name, host)):
                continue
            link = found.setdefault(address, SharedLink(address, name, line.id, line.at))
            link.times += 1
            if nick not in link.nicks:
                link.nicks.append(nick)
    return list(found.values())


def count_hosts(links: Iterable[SharedLink]) -> Counter[str]:
    """Return how many links lead to each host, without `www.`."""
    return Counter(link.host for link in links)


def host_of(address: str) -> str:
    """Return the host of a link without `www.`; "" if it has none, as an address of mail."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def is_below(name: str, host: str) -> bool:
    """Return whether a name is that of a host or of one below it."""
    return f".{name}".endswith(f".{host}")
