"""Capability negotiation. https://ircv3.net/specs/extensions/capability-negotiation

Pure: takes the parameters of CAP messages, gives the lines to send.
"""

from __future__ import annotations

from dataclasses import dataclass, field

WANTED = frozenset(
    {
        "account-notify",
        "account-tag",
        "batch",
        "cap-notify",
        "chghost",
        "draft/chathistory",
        "draft/event-playback",
        "draft/message-redaction",
        "draft/multiline",
        "echo-message",
        "extended-join",
        "invite-notify",
        "labeled-response",
        "message-tags",
        "multi-prefix",
        "server-time",
        "setname",
        "standard-replies",
        "userhost-in-names",
        "znc.in/playback",
    }
)
REQUEST_BYTES = 400


@dataclass(slots=True)
class Capabilities:
    """`offered` maps names to values, `enabled` is what both sides agreed on, `listed`: the server has told all."""

    wanted: frozenset[str] = WANTED
    offered: dict[str, str] = field(default_factory=dict)
    enabled: set[str] = field(default_factory=set)
    listed: bool = False
    _asked: set[str] = field(default_factory=set)

    @property
    def settled(self) -> bool:
        """Whether the server has told what it offers and has answered all that we asked for."""
        return self.listed and not self._asked

    def take(self, params: list[str]) -> list[str]:
        """What to request (each the last parameter of a CAP REQ) after a CAP message with these parameters."""
        subcommand = params[1].upper() if len(params) > 1 else ""
        names = [name for name in (params[-1] if len(params) > 2 else "").split(" ") if name]
        match subcommand:
            case "LS" | "NEW":
                self.offered |= {name: value for name, _, value in (item.partition("=") for item in names)}
                if len(params) > 3 and params[2] == "*":
                    return []
                self.listed = True
                return self._requests()
            case "ACK":
                self.enabled |= {name.lstrip("~=") for name in names if not name.startswith("-")}
                self.enabled -= {name[1:] for name in names if name.startswith("-")}
                self._answered(names)
            case "NAK":
                return self._refused(names)
            case "DEL":
                for name in names:
                    self.enabled.discard(name.partition("=")[0])
                    self.offered.pop(name.partition("=")[0], None)
        return []

    def _requests(self) -> list[str]:
        """All in one request while it fits a line; those that the server knows only together stay together."""
        names = sorted(self.wanted & self.offered.keys() - self.enabled - self._asked)
        self._asked |= set(names)
        requests: list[str] = []
        for name in names:
            if requests and len(requests[-1]) + len(name) < REQUEST_BYTES:
                requests[-1] += f" {name}"
            else:
                requests.append(name)
        return requests

    def _answered(self, names: list[str]) -> None:
        self._asked -= {name.lstrip("-~=") for name in names}

    def _refused(self, names: list[str]) -> list[str]:
        """A request is refused as a whole: asks again for each one by itself, unless it was alone."""
        self._answered(names)
        if len(names) < 2:
            return []
        again = sorted(set(names) & self.offered.keys())
        self._asked |= set(again)
        return again
