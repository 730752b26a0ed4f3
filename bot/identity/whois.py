"""Looks up who a nick is: its services account, its rights in channels, and which connection it is.

WHOX (https://ircv3.net/specs/extensions/whox) returns the account in one short line, WHOIS
(https://modern.ircdocs.horse/#whois-message) everything. NickServ is not used: on a network without services anybody
could have that nick.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from bot.irc.capabilities import Capabilities
from bot.irc.isupport import Isupport
from bot.irc.message import Message, Send, parse_whox_reply, whox_request

LOOKUP_TIMEOUT_SECONDS = 3.0
MAX_PENDING = 200
WHOX_TOKEN = "42"  # noqa: S105  (identifies replies to our own WHO)


@dataclass(slots=True)
class WhoisResult:
    """What the server says of a nick.

    `exists`: False when nobody has the nick, None when there was no reply. `channels` are as the server shows them,
    with symbols, and only those that we may see. `connection` identifies the connection; it is kept in memory only.
    """

    exists: bool | None = None
    account: str = ""
    channels: list[str] = field(default_factory=list)
    connection: tuple[str, ...] = ()


Callback = Callable[[WhoisResult], None]


@dataclass(slots=True)
class PendingLookup:
    nick: str
    callbacks: list[Callback]
    since: float = field(default_factory=monotonic)
    result: WhoisResult = field(default_factory=WhoisResult)


class WhoisLookups:
    """The pending lookups of one session. Callbacks run in the reader's greenlet, or from `tick` after a timeout."""

    def __init__(self, isupport: Isupport, capabilities: Capabilities, send: Send) -> None:
        self._isupport = isupport
        self._capabilities = capabilities
        self._send = send
        self._whois: dict[str, PendingLookup] = {}
        self._whox: dict[str, PendingLookup] = {}

    def find_account(self, nick: str, account_tag: str, callback: Callable[[str], None]) -> None:
        """Find the account of the source of a message, from its tag or else by asking the server."""
        # Where the server tags messages, a message without the tag comes from somebody who is not logged in.
        if account_tag or "account-tag" in self._capabilities.enabled:
            callback(account_tag)
        elif "WHOX" in self._isupport.tokens:
            self._request(self._whox, nick, lambda result: callback(result.account), *whox_request(nick, WHOX_TOKEN))
        else:
            self.find(nick, lambda result: callback(result.account))

    def find(self, nick: str, callback: Callback) -> None:
        """Look up everything about a nick."""
        self._request(self._whois, nick, callback, "WHOIS", nick)

    def handle_reply(self, message: Message) -> None:
        """Process one line of a reply to WHOIS or WHO."""
        if message.command in {"354", "315"}:
            self._handle_who_reply(message)
            return
        lookup = self._whois.get(self._isupport.fold(message.param(1)))
        if lookup is None:
            return
        result = lookup.result
        match message.command:
            case "311":
                result.exists = True
                result.connection += (message.param(2), message.param(3))
            case "317" if len(message.params) > 4:
                # The sign-on time differs between two connections of the same user and host.
                result.connection += (message.param(3),)
            case "319":
                result.channels += message.last.split()
            case "330":
                result.account = message.param(2)
            case "307":
                # "Is a registered nick": old services have no accounts, there the nick is the account.
                result.account = result.account or lookup.nick
            case "401":
                result.exists = False
            case "318":
                self._finish(self._whois, lookup)

    def forget(self, nick: str) -> None:
        """Drop lookups of a nick that has left: replies from now on may be about somebody else."""
        self._whois.pop(self._isupport.fold(nick), None)
        self._whox.pop(self._isupport.fold(nick), None)

    def tick(self) -> None:
        """Finish lookups without a reply; called about every second."""
        for pending in (self._whois, self._whox):
            for lookup in list(pending.values()):
                if monotonic() - lookup.since > LOOKUP_TIMEOUT_SECONDS:
                    self._finish(pending, lookup)

    def _handle_who_reply(self, message: Message) -> None:
        if reply := parse_whox_reply(message, WHOX_TOKEN):
            nick, account = reply
            lookup = self._whox.get(self._isupport.fold(nick))
            if lookup is not None:
                lookup.result.exists = True
                lookup.result.account = account
        elif message.command == "315" and (lookup := self._whox.get(self._isupport.fold(message.param(1)))):
            self._finish(self._whox, lookup)

    def _request(self, pending: dict[str, PendingLookup], nick: str, callback: Callback, *command: str) -> None:
        # One request serves everybody who waits for the same nick; a flood of nicks is dropped.
        key = self._isupport.fold(nick)
        if key in pending:
            pending[key].callbacks.append(callback)
        elif len(pending) < MAX_PENDING:
            pending[key] = PendingLookup(nick, [callback])
            self._send(*command)

    def _finish(self, pending: dict[str, PendingLookup], lookup: PendingLookup) -> None:
        # Removed first: a callback may look the nick up again.
        pending.pop(self._isupport.fold(lookup.nick), None)
        for callback in lookup.callbacks:
            callback(lookup.result)
