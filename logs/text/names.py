"""Nicks and channel names: comparison, addresses, the colour of a nick, and speakers behind a bridge.

Servers compare names by a casemapping: ISUPPORT CASEMAPPING, https://modern.ircdocs.horse/#casemapping-parameter.
Services compare accounts in a way of their own, see `fold_account`.
A channel's name becomes one segment of an address. A nick's colour is computed from the nick, so that it is the same on
every page and after every restart. A bridge is a bot that repeats what people of another network say, as `<ann> hi`.
"""

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

# What people append to a nick that is taken, or while they are away.
_TAIL_CHARACTERS = "_`^|-0123456789"
_AWAY_WORDS = ("away", "afk", "zzz", "brb", "work", "home", "mobile")

# The name may be coloured. Bridges put invisible characters into it, so that a client does not highlight the line.
_BRIDGED_LINE = re.compile(
    rf"(?P<before>(?:{FORMATTING_CODE})*)<(?P<name>[^<>]{{1,200}})>(?:{FORMATTING_CODE})* ?(?P<text>.*)", re.DOTALL
)
_INVISIBLE = {ord(char): None for char in "\u00ad\u200b\u200c\u200d\u2060\ufeff"}


def fold(name: str, casemapping: str = "rfc1459") -> str:
    """The name in the form that servers compare; an unknown casemapping counts as rfc1459."""
    return name.translate(_TABLES.get(casemapping, _TABLES["rfc1459"]))


def fold_account(account: str) -> str:
    """Return the form in which services accounts are compared, on every network: ASCII letters in lower case.

    Services do not use the server's casemapping: with rfc1459 `victim[` and `victim{` are one nick, but two accounts.
    """
    return account.translate(_ASCII)


def fold_account_sql(account: str) -> str:
    """Return a SQL expression for `fold_account` of a SQL expression."""
    return f"translate({account}, {_sql_literals(_ASCII)})"


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


@lru_cache(maxsize=10_000)
def nick_class(nick: str) -> str:
    """The class name of the nick's colour, `n0` to `n21`; `ann`, `Ann_`, `ann2` and `ann|away` share one."""
    return f"n{crc32(core_nick(nick).encode('utf-8', 'surrogatepass')) % len(NICK_HUES)}"


def core_nick(nick: str) -> str:
    """The folded nick without what people append when it is taken or they are away; empty only for an empty nick."""
    folded = fold(nick)
    short = folded.rstrip(_TAIL_CHARACTERS)
    # Only after a separator: `bob|work` is bob, but `homework` is a nick.
    for word in _AWAY_WORDS:
        before = short.removesuffix(word)
        if before != short and before.endswith(("_", "|", "-", "`")):
            short = before.rstrip(_TAIL_CHARACTERS)
    return short or folded


class Bridged(NamedTuple):
    name: str
    text: str


def parse_bridged(text: str) -> Bridged | None:
    """Speaker and text of a bridge's line; None if it names no speaker. Formatting ends with the name."""
    match = _BRIDGED_LINE.fullmatch(text)
    name = strip_formatting(match["name"]).translate(_INVISIBLE).strip() if match else ""
    return Bridged(name, match["text"]) if match and name else None
