"""Names of nicks and channels: how servers compare them and how a channel's name becomes an address.

Casemapping: ISUPPORT CASEMAPPING, https://modern.ircdocs.horse/#casemapping-parameter.
"""

from __future__ import annotations

import re

CASEMAPPINGS = ("ascii", "rfc1459", "rfc1459-strict")

_ASCII: dict[int, int | str] = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_STRICT: dict[int, int | str] = _ASCII | {ord("["): "{", ord("]"): "}", ord("\\"): "|"}
_TABLES: dict[str, dict[int, int | str]] = {
    "ascii": _ASCII,
    "rfc1459-strict": _STRICT,
    "rfc1459": _STRICT | {ord("~"): "^"},
}

_KEPT_WHOLE = re.compile(r"#*[&+!]|#+$", re.DOTALL)
_CHANNEL = re.compile(r"[#&+!][^\x00\x07\r\n ,]{0,199}")


def fold(name: str, casemapping: str = "rfc1459") -> str:
    """The form under which the server takes two names for the same; an unknown mapping is taken for rfc1459."""
    return name.translate(_TABLES.get(casemapping, _TABLES["rfc1459"]))


def is_channel(name: str) -> bool:
    """Whether a server could have a channel of this name: prefix, no NUL, BEL, CR, LF, blank or comma."""
    return _CHANNEL.fullmatch(name) is not None


def channel_to_segment(name: str) -> str:
    """A channel's name as one segment of an address, not yet percent-encoded.

    One leading `#` goes, unless what remains could be taken for another channel (`#&c` for `&c`). `%` and `/` are
    escaped here, because servers and proxies decode an address before it is split at its slashes.
    """
    short = name if _KEPT_WHOLE.match(name) else name.removeprefix("#")
    escaped = short.replace("%", "%25").replace("/", "%2F")
    return escaped.replace(".", "%2E") if short in {".", ".."} else escaped


def segment_to_channel(segment: str) -> str:
    """The inverse of `channel_to_segment`."""
    short = segment.replace("%2E", ".").replace("%2F", "/").replace("%25", "%")
    return short if _KEPT_WHOLE.match(short) else f"#{short}"
