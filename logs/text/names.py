"""Names of nicks and channels: how servers compare them and how a channel's name becomes an address.

Casemapping: ISUPPORT CASEMAPPING, https://modern.ircdocs.horse/#casemapping-parameter.
"""
# MERGED: Nick colours: the same person keeps the same colour, on every page and after every restart.
# MERGED: Speakers behind a bridge: a bot that repeats what people of another network say, as `<ann> hi`.

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from logs.text.colours import NICK_HUES
from logs.text.irc_formatting import FORMATTING_CODE, strip_formatting

CASEMAPPINGS = ("ascii", "rfc1459", "rfc1459-strict")

_ASCII: dict[int, int | str] = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_STRICT: dict[int, int | str] = _ASCII | {ord("["): "{", ord("]"): "}", ord("\\"): "|"}
_TABLES: dict[str, dict[int, int | str]] = {
    "ascii": _ASCII,
    "rfc1459-strict": _STRICT,
    "rfc1459": _STRICT | {ord("~"): "^"},
}

_KEEPS_ITS_SIGN = re.compile(r"#*[&+!]|#+$", re.DOTALL)
_CHANNEL = re.compile(r"[#&+!][^\x00\x07\r\n ,]{0,199}")


def fold(name: str, casemapping: str = "rfc1459") -> str:
    """The form under which the server takes two names for the same; an unknown mapping is taken for rfc1459."""
    return name.translate(_TABLES.get(casemapping, _TABLES["rfc1459"]))


def fold_sql(name: str, casemapping: str) -> str:
    """Return a SQL expression for `fold` of two SQL expressions."""
    folded = {mapping: f"translate({name}, {_sql_literals(table)})" for mapping, table in _TABLES.items()}
    cases = " ".join(f"WHEN '{mapping}' THEN {expression}" for mapping, expression in folded.items())
    return f"CASE {casemapping} {cases} ELSE {folded['rfc1459']} END"


def _sql_literals(table: dict[int, int | str]) -> str:
    """A translation as the two last arguments of SQL's translate(); none of the characters is a quote."""
    replaced = "".join(map(chr, table))
    replacements = "".join(to if isinstance(to, str) else chr(to) for to in table.values())
    return f"'{replaced}', '{replacements}'"


def is_channel(name: str) -> bool:
    """Whether a server could have a channel of this name: prefix, no NUL, BEL, CR, LF, blank or comma."""
    return _CHANNEL.fullmatch(name) is not None


def channel_to_segment(name: str) -> str:
    """A channel's name as one segment of an address, not yet percent-encoded.

    One leading `#` goes, unless what remains could be taken for another channel (`#&c` for `&c`). `%` and `/` are
    escaped here, because servers and proxies decode an address before it is split at its slashes.
    """
    short = name if _KEEPS_ITS_SIGN.match(name) else name.removeprefix("#")
    escaped = short.replace("%", "%25").replace("/", "%2F")
    return escaped.replace(".", "%2E") if short in {".", ".."} else escaped


def segment_to_channel(segment: str) -> str:
    """The inverse of `channel_to_segment`."""
    short = segment.replace("%2E", ".").replace("%2F", "/").replace("%25", "%")
    return short if _KEEPS_ITS_SIGN.match(short) else f"#{short}"


_TAIL_CHARACTERS = "_`^|-0123456789"
_AWAY_WORDS = ("away", "afk", "zzz", "brb", "work", "home", "mobile")


@lru_cache(maxsize=10_000)
def nick_class(nick: str) -> str:
    """The class name of the nick's colour, `n0` to `n21`; `ann`, `Ann_`, `ann2` and `ann|away` share one."""
    return f"n{crc32(core_nick(nick).encode('utf-8', 'surrogatepass')) % len(NICK_HUES)}"


def core_nick(nick: str) -> str:
    """The nick without what its owner hangs on when it is taken or the owner absent; never empty unless the nick is."""
    folded = fold(nick)
    short = folded.rstrip(_TAIL_CHARACTERS)
    for word in _AWAY_WORDS:
        before = short.removesuffix(word)
        if before != short and before.endswith(("_", "|", "-", "`")):
            short = before.rstrip(_TAIL_CHARACTERS)
    return short or folded


# The name may be coloured, and bridges put invisible characters into it so that nobody is pinged.
_BRIDGED_LINE = re.compile(
    rf"(?P<before>(?:{FORMATTING_CODE})*)<(?P<name>[^<>]{{1,200}})>(?:{FORMATTING_CODE})* ?(?P<text>.*)", re.DOTALL
)
_INVISIBLE = {ord(char): None for char in "\u00ad\u200b\u200c\u200d\u2060\ufeff"}


class Bridged(NamedTuple):
    name: str
    text: str


def parse_bridged(text: str) -> Bridged | None:
    """Who says what, if a bridge's line names a speaker; looks that were begun before or in the name end with it."""
    match = _BRIDGED_LINE.fullmatch(text)
    name = strip_formatting(match["name"]).translate(_INVISIBLE).strip() if match else ""
    return Bridged(name, match["text"]) if match and name else None
