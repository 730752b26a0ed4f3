"""Capability negotiation. https://ircv3.net/specs/extensions/capability-negotiation

Pure: takes the parameters of CAP messages, gives the lines to send.
"""

from __future__ import annotations

from dataclasses import dataclass, field

WANTED = frozenset(
    {
        "account-tag",
        "batch",
        "cap-notify",
        "chghost",
        "extended-join",
        "message-tags",
        "multi-prefix",
        "server-time",
    }
)


@dataclass(slots=True)
class Capabilities:
    """`enabled` is what both sides agreed on; `open` holds until registration may go on."""

    offered: dict[str, str] = field(default_factory=dict)
    enabled: set[str] = field(default_factory=set)
    open: bool = True
    _asked: set[str] = field(default_factory=set)

    def take(self, params: list[str]) -> list[tuple[str, ...]]:
        """The answers to one CAP message of the server (its parameters from the target on)."""
        subcommand = params[1].upper() if len(params) > 1 else ""
        names = [name for name in (params[-1] if len(params) > 2 else "").split(" ") if name]
        more = len(params) > 3 and params[2] == "*"
        match subcommand:
            case "LS" | "NEW":
                self.offered |= {name: value for name, _, value in (item.partition("=") for item in names)}
                return [] if more else self._ask()
            case "ACK":
                self._settle({name.lstrip("-~=") for name in names if not name.startswith("-")})
                self.enabled -= {name[1:] for name in names if name.startswith("-")}
                return self._end()
            case "NAK":
                self._asked -= {name.lstrip("-~=") for name in names}
                return self._end()
            case "DEL":
                self.enabled -= {name.partition("=")[0] for name in names}
                for name in names:
                    self.offered.pop(name.partition("=")[0], None)
        return []

    def close(self) -> None:
        """The server has registered us, or knows no capabilities."""
        self.open = False

    def _ask(self) -> list[tuple[str, ...]]:
        names = sorted(WANTED & self.offered.keys() - self.enabled - self._asked)
        if not names:
            return self._end()
        self._asked |= set(names)
        # One request a capability: a server refuses a request as a whole.
        return [("CAP", "REQ", name) for name in names]

    def _settle(self, names: set[str]) -> None:
        self.enabled |= names
        self._asked -= names

    def _end(self) -> list[tuple[str, ...]]:
        if self._asked or not self.open:
            return []
        self.open = False
        return [("CAP", "END")]
