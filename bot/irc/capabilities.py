"""Capability negotiation (https://ircv3.net/specs/extensions/capability-negotiation) and strict transport security.

Pure: takes the parameters of CAP messages, returns the requests to send.
"""

from __future__ import annotations

from dataclasses import dataclass, field

REQUESTED = frozenset(
    {
        "account-notify",
        "account-tag",
        "batch",
        "cap-notify",
        "chghost",
        "draft/channel-rename",
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
MAX_REQUEST_BYTES = 400


@dataclass(slots=True)
class Capabilities:
    """The state of a negotiation.

    `offered` maps names to values, `enabled` is what both sides agreed on, `is_listed` says that LS is complete.
    """

    requested: frozenset[str] = REQUESTED
    offered: dict[str, str] = field(default_factory=dict)
    enabled: set[str] = field(default_factory=set)
    is_listed: bool = False
    _requested: set[str] = field(default_factory=set)
    _requests: list[str] = field(default_factory=list)

    @property
    def is_settled(self) -> bool:
        """Whether the server has listed its capabilities and has answered every request."""
        return self.is_listed and not self._requested

    def process(self, params: list[str]) -> list[str]:
        """Process the parameters of a CAP message; return what to request, each the last parameter of a CAP REQ."""
        subcommand = params[1].upper() if len(params) > 1 else ""
        names = [name for name in (params[-1] if len(params) > 2 else "").split(" ") if name]
        match subcommand:
            case "LS" | "NEW":
                self.offered |= {name: value for name, _, value in (item.partition("=") for item in names)}
                # An asterisk announces another line of the same list.
                if len(params) > 3 and params[2] == "*":
                    return []
                self.is_listed = True
                return self._build_requests()
            case "ACK":
                # The modifiers `~` and `=` come from old servers; `-` confirms that a capability is off.
                self.enabled |= {name.lstrip("~=") for name in names if not name.startswith("-")}
                self.enabled -= {name[1:] for name in names if name.startswith("-")}
                # An answer without names is about the oldest request, of which nothing was granted.
                self._mark_answered(names or " ".join(self._requests[:1]).split())
            case "NAK":
                return self._retry_refused(names)
            case "DEL":
                for name in names:
                    self.enabled.discard(name.partition("=")[0])
                    self.offered.pop(name.partition("=")[0], None)
        return []

    def end(self) -> None:
        """Settle with what is enabled so far: the server does not understand what was asked."""
        self.is_listed = True
        self._requested.clear()
        self._requests.clear()

    def _build_requests(self) -> list[str]:
        """Return as few requests as fit into lines: some servers accept certain capabilities only together."""
        names = sorted(self.requested & self.offered.keys() - self.enabled - self._requested)
        self._requested |= set(names)
        requests: list[str] = []
        for name in names:
            if requests and len(requests[-1]) + len(name) < MAX_REQUEST_BYTES:
                requests[-1] += f" {name}"
            else:
                requests.append(name)
        self._requests += requests
        return requests

    def _mark_answered(self, names: list[str]) -> None:
        self._requested -= {name.lstrip("-~=") for name in names}
        self._requests = [request for request in self._requests if self._requested & set(request.split(" "))]

    def _retry_refused(self, names: list[str]) -> list[str]:
        """Request each capability of a refused request separately, because a request is refused as a whole.

        The server may repeat only the first 100 characters of it, and so the beginning of a name at the end; another
        one repeats only what it does not have.
        """
        text = " ".join(names)
        refused = [request for request in self._requests if request == text]
        refused = refused or [request for request in self._requests if request.startswith(text)]
        shown = {name.lstrip("-~=").lower() for name in names}
        refused = refused or [request for request in self._requests if shown & set(request.split(" "))]
        # Whatever it repeats, it has refused something.
        if refused := refused or self._requests[:1]:
            names = refused[0].split(" ")
        self._mark_answered(names)
        if len(names) < 2:
            return []
        separate = sorted(set(names) & self.offered.keys())
        self._requested |= set(separate)
        self._requests += separate
        return separate


@dataclass(frozen=True, slots=True)
class StsPolicy:
    """Strict transport security: the port for TLS, and for how many seconds to remember it.

    `port` counts on a plain connection, `duration_seconds` on a secure one.
    https://ircv3.net/specs/extensions/sts
    """

    port: int | None = None
    duration_seconds: int | None = None


def parse_sts(value: str) -> StsPolicy:
    """Parse the value of the capability `sts`, leaving out what makes no sense."""
    keys: dict[str, int] = {}
    for part in value.split(","):
        key, _, number = part.partition("=")
        if number.isascii() and number.isdecimal() and len(number) < 12:
            keys.setdefault(key, int(number))
    port = keys.get("port", 0)
    return StsPolicy(port if 0 < port < 65536 else None, keys.get("duration"))
