"""What a server supports, as it says in 005. https://modern.ircdocs.horse/#rplisupport-005

A value that makes no sense is ignored; a missing one has the default of the specification.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from logs.text import names
from logs.text.masking import hide_keys

DEFAULT_HISTORY_PAGE = 100
UNLIMITED_HISTORY_PAGE = 5000
DEFAULT_MAX_TARGETS = 4
UNLIMITED_TARGETS = 100

_PREFIX = re.compile(r"\(([A-Za-z]*)\)([!-~]*)")
_HEX_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_CASEMAPPINGS = {
    "ascii": "ascii",
    "rfc1459": "rfc1459",
    "rfc1459-strict": "rfc1459-strict",
    "strict-rfc1459": "rfc1459-strict",
}


@lru_cache(maxsize=16)
def _find_casemapping(value: str) -> str:
    return _CASEMAPPINGS.get(value.lower(), "rfc1459")


@dataclass(slots=True)
class Isupport:
    """The tokens of all 005 messages of one connection, and how to read them."""

    tokens: dict[str, str] = field(default_factory=dict)

    def update(self, tokens: list[str]) -> None:
        """Add the tokens of one 005; `-TOKEN` removes one."""
        for token in tokens:
            name, _, value = token.partition("=")
            if name.startswith("-"):
                self.tokens.pop(name[1:], None)
            elif name:
                self.tokens[name] = _HEX_ESCAPE.sub(lambda match: chr(int(match[1], 16)), value)

    @property
    def casemapping(self) -> str:
        return _find_casemapping(self.tokens.get("CASEMAPPING", ""))

    def fold(self, name: str) -> str:
        """Return the form of a nick or channel name under which this server compares it."""
        return names.fold(name, _find_casemapping(self.tokens.get("CASEMAPPING", "")))

    def is_same_name(self, one: str, other: str) -> bool:
        return self.fold(one) == self.fold(other)

    @property
    def prefixes(self) -> dict[str, str]:
        """Symbol → mode letter, the highest first; empty where the server has none (`PREFIX=`)."""
        value = self.tokens.get("PREFIX", "(ov)@+")
        match = _PREFIX.fullmatch(value)
        if match is None or len(match[1]) != len(match[2]):
            return {} if value == "" else {"@": "o", "+": "v"}
        return dict(zip(match[2], match[1], strict=True))

    @property
    def chantypes(self) -> str:
        return self.tokens.get("CHANTYPES") or "#&"

    @property
    def statusmsg(self) -> str:
        """The symbols that may stand before a channel in a target."""
        return self.tokens.get("STATUSMSG") or "".join(
            symbol for symbol in self.prefixes if symbol not in self.chantypes
        )

    @property
    def nicklen(self) -> int | None:
        """The maximum length of a nick; None where the server does not say."""
        return _parse_count(self.tokens.get("NICKLEN", ""), 0) or None

    @property
    def history_page(self) -> int:
        """The maximum number of messages in one reply to CHATHISTORY."""
        value = self.tokens.get("CHATHISTORY", "")
        return UNLIMITED_HISTORY_PAGE if value == "0" else _parse_count(value, DEFAULT_HISTORY_PAGE)

    def max_targets(self, command: str) -> int:
        """Return how many targets one command may name (TARGMAX)."""
        for item in self.tokens.get("TARGMAX", "").split(","):
            name, _, number = item.partition(":")
            if name.upper() == command:
                return _parse_count(number, UNLIMITED_TARGETS)
        return DEFAULT_MAX_TARGETS

    def channel_limit(self, prefix: str) -> int | None:
        """Return how many channels with this prefix a client may join (CHANLIMIT); None for no limit."""
        for item in self.tokens.get("CHANLIMIT", "").split(","):
            prefixes, _, number = item.partition(":")
            if prefix in prefixes:
                return _parse_count(number, 0) or None
        return None

    def channel_of(self, target: str) -> str:
        """Return the channel of a target, without symbols such as the `@` of `@#channel`; "" for a nick."""
        # A character may be both a symbol and the beginning of a channel's name. Symbols end at the first beginning of
        # a name: `&#c` is a channel where `&` begins channels, and never the `&` members of `#c`.
        for position, character in enumerate(target):
            if character in self.chantypes:
                return target[position:]
            if character not in self.statusmsg:
                break
        return ""

    def restricting_symbols(self, target: str) -> str:
        """Return the symbols before a channel's name in a target that is some of its members only (`@#channel`)."""
        name = self.channel_of(target)
        return target.removesuffix(name) if name else ""

    def split_symbols(self, word: str) -> list[tuple[str, str]]:
        """Return the readings of a channel in a reply to WHOIS, each as the member's symbols and the channel's name.

        Where `&` is both a symbol and the beginning of a channel's name, `&#c` has two readings: a member of `&#c`, and
        an `&` member of `#c`.
        """
        readings = []
        for position, character in enumerate(word):
            if character in self.chantypes:
                readings.append((word[:position], word[position:]))
            if character not in self.prefixes:
                break
        return readings

    def hide_keys(self, words: list[str]) -> list[str]:
        """Return a change of channel modes with the channel's key replaced."""
        return hide_keys(words, self.tokens.get("CHANMODES", ""), self.prefixes.values())


def _parse_count(text: str, default: int) -> int:
    """Return a number over zero; the default for anything else."""
    # Nine digits: converting thousands of digits is slow, and Python refuses it from 4,300 on.
    return (int(text[:9]) if text.isascii() and text.isdecimal() else 0) or default
