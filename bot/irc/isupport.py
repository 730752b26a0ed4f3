"""What a server says of itself in 005 (RPL_ISUPPORT). https://modern.ircdocs.horse/#rplisupport-005

A value that makes no sense is ignored; the defaults are those of the specification.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PREFIX = re.compile(r"\(([A-Za-z]*)\)(.*)")
_HEX = re.compile(r"\\x([0-9A-Fa-f]{2})")


@dataclass(slots=True)
class Isupport:
    tokens: dict[str, str] = field(default_factory=dict)

    def update(self, params: list[str]) -> None:
        """Takes the tokens between the nick and the closing text; `-TOKEN` takes one back."""
        for token in params:
            name, _, value = token.partition("=")
            if name.startswith("-"):
                self.tokens.pop(name[1:], None)
            elif name:
                self.tokens[name] = _HEX.sub(lambda match: chr(int(match[1], 16)), value)

    @property
    def casemapping(self) -> str:
        mapping = self.tokens.get("CASEMAPPING", "rfc1459").lower()
        mapping = {"strict-rfc1459": "rfc1459-strict"}.get(mapping, mapping)
        return mapping if mapping in {"ascii", "rfc1459", "rfc1459-strict"} else "rfc1459"

    @property
    def prefixes(self) -> dict[str, str]:
        """Symbol → mode letter, the highest first."""
        match = _PREFIX.fullmatch(self.tokens.get("PREFIX", "(ov)@+"))
        if match is None or len(match[1]) != len(match[2]):
            return {"@": "o", "+": "v"}
        return dict(zip(match[2], match[1], strict=True))

    @property
    def chantypes(self) -> str:
        return self.tokens.get("CHANTYPES") or "#&"

    @property
    def statusmsg(self) -> str:
        return self.tokens.get("STATUSMSG", "")

    def most_targets(self, command: str) -> int:
        """How many targets one command may name."""
        for item in self.tokens.get("TARGMAX", "").split(","):
            name, _, number = item.partition(":")
            if name.upper() == command:
                return int(number) if number.isdecimal() and int(number) else 100
        return 4

    def channel_of(self, target: str) -> str:
        """The channel that a target means, without a prefix such as `@` in `@#channel`; "" for a nick."""
        bare = target.lstrip(self.statusmsg) if self.statusmsg else target.lstrip("".join(self.prefixes))
        for name in (target, bare):
            if name and name[0] in self.chantypes:
                return name
        return ""
