"""Find what a log says of its own network and channel; it is right where the file's name says something else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from logs.formats.file_names import ChannelRef
from logs.formats.log_items import NumberedLine
from logs.text.names import fold, is_channel

_CHANNEL = r"(?P<channel>[#&+!][^\s,\x03\x07]{1,199})"
_HEADERS = [
    re.compile(pattern)
    for pattern in (
        rf"(?:\x03\d{{0,2}})?Session Ident: {_CHANNEL}",  # mIRC
        rf"\S+ \S+ \S+ \*\t(?:Now talking on) {_CHANNEL}",  # HexChat, XChat
        rf".{{0,20}}\[?\d\d:\d\d(?::\d\d)?\]? \*{{1,3}} (?:[Nn]ow talking (?:in|on)|Rejoined channel) {_CHANNEL}",
        rf".{{0,20}}\d\d:\d\d(?::\d\d)? -!- Irssi: Join to {_CHANNEL} was synced.*",  # irssi
        rf"Conversation with {_CHANNEL} at .{{1,60}} on (?P<nick>\S+?)@(?P<network>\S+) \(irc\)",  # Pidgin
        rf"BEGIN LOGGING IRC CHANNEL {_CHANNEL}.*",
        # Colloquy, where the sign may be escaped
        r"<log .{0,300}\bsource=\"irc://(?:[^@\"/]{1,99}@)?(?P<network>[^:/\"]+)(?::\d+)?/(?P<channel>(?:%23|#)[^\"]{1,199})\".*",
        r"<chat .{0,200}\baccount=\"[^@\"]{1,99}@(?P<network>[^\"@ ]+)\" service=\"IRC\".*",  # Adium
    )
]
_MARKS = (
    "Session Ident:",
    "ow talking ",
    "Rejoined",
    "Irssi: Join to",
    "Conversation with",
    "BEGIN LOG",
    "<log",
    "<chat",
)
"""Each header has one of these, and most lines have none of them."""

_NETWORK_HOST = re.compile(r"(?:irc|chat)\d*\.(?P<name>[\w-]+)\.(?:net|org|com|chat|de|fr|io)", re.IGNORECASE)

MAX_HEADER_CHARACTERS = 1000
"""A longer line is no header. The time of some patterns grows with the square of the length."""

MAX_HEADER_LINES = 400
"""How many lines of a file are searched for its names."""


def names_in_lines(lines: Iterable[NumberedLine]) -> ChannelRef:
    """The channel that the first lines name; None for what they do not say, or say differently."""
    channels: dict[str, str] = {}
    network: str | None = None
    lines = list(lines)
    # Most files have no header: searching all lines at once is much faster than each of them.
    together = "\n".join(text for _, text in lines)
    if not any(mark in together for mark in _MARKS):
        return ChannelRef(None, None)
    for _, text in lines:
        if len(text) > MAX_HEADER_CHARACTERS or not any(mark in text for mark in _MARKS):
            continue
        for pattern in _HEADERS:
            match = pattern.fullmatch(text)
            if match is None:
                continue
            named = match.groupdict()
            channel, server = (named.get("channel") or "").rstrip("."), named.get("network")
            channel = unquote(channel) if channel.startswith("%23") else channel
            if is_channel(channel):
                channels.setdefault(fold(channel), channel)
            elif "channel" in named:
                continue
            network = network or (server and network_of_server(server))
    return ChannelRef(network, next(iter(channels.values())) if len(channels) == 1 else None)


def network_of_server(server: str) -> str:
    """The name of a server's network: `libera` of `irc.libera.chat`; the server's own name if it has no such form."""
    match = _NETWORK_HOST.fullmatch(server)
    return match["name"] if match else server
