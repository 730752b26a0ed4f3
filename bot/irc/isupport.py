"""What a server says of itself in 005. https://modern.ircdocs.horse/#rplisupport-005

A value that makes no sense is ignored; what is not told has the value that the specification gives it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PREFIX = re.compile(r"\(([A-Za-z]*)\)([!-~]*)")
_HEX = re.compile(r"\\x([0-9A-Fa-f]{2})")
_CASEMAPPINGS = {"ascii": "ascii", "rfc1459": "rfc1459", "rfc1459-strict": "rfc1459-strict"}
_CASEMAPPINGS["strict-rfc1459"] = "rfc1459-strict"
MANY = 100


@dataclass(slots=True)
class Isupport:
    tokens: dict[str, str] = field(default_factory=dict)

    def update(self, tokens: list[str]) -> None:
        """Takes the tokens of one 005; `-TOKEN` takes one back."""
        for token in tokens:
            name, _, value = token.partition("=")
            if name.startswith("-"):
                self.tokens.pop(name[1:], None)
            elif name:
                self.tokens[name] = _HEX.sub(lambda match: chr(int(match[1], 16)), value)

    @property
    def casemapping(self) -> str:
        return _CASEMAPPINGS.get(self.tokens.get("CASEMAPPING", "").lower(), "rfc1459")

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
    def nicklen(self) -> int:
        return _number(self.tokens.get("NICKLEN", ""), 9)

    @property
    def history_page(self) -> int:
        """How many messages one answer to CHATHISTORY holds at most; MANY where the server does not tell."""
        return _number(self.tokens.get("CHATHISTORY", ""), MANY)

    def most_targets(self, command: str) -> int:
        """How many targets one command may name: TARGMAX; 4 where the server does not tell."""
        for item in self.tokens.get("TARGMAX", "").split(","):
            name, _, number = item.partition(":")
            if name.upper() == command:
                return _number(number, MANY)
        return 4

    def channel_limit(self, prefix: str) -> int | None:
        """How many channels of this prefix we may be in: CHANLIMIT; None where there is no limit."""
        for item in self.tokens.get("CHANLIMIT", "").split(","):
            prefixes, _, number = item.partition(":")
            if prefix in prefixes:
                return _number(number, 0) or None
        return None

    def channel_of(self, target: str) -> str:
        """The channel that a target means, without symbols such as the `@` of `@#channel`; "" for a nick."""
        for name in (target.lstrip(self.statusmsg), target):
            if name and name[0] in self.chantypes:
                return name
        return ""


def _number(text: str, otherwise: int) -> int:
    """A count over zero; anything else is `otherwise`."""
    return (int(text[:9]) if text.isascii() and text.isdecimal() else 0) or otherwise
