"""Which connection has proven a nick that has no account, and whether the nick is still that connection's.

A sign-in by nick lasts as long as the connection that said the code. Its QUIT or NICK is seen if it shares a channel
with us; else MONITOR (https://ircv3.net/specs/extensions/monitor) reports at once that the nick is free, and where a
server has no MONITOR, WHOIS shows another user, host or sign-on time. The web believes a nick only while we confirm it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from time import monotonic

from bot.identity.whois import WhoisLookups, WhoisResult
from bot.irc.isupport import Isupport
from bot.irc.message import Message, Send

RECHECK_SECONDS = 20.0
"""How often each nick is confirmed; see NICK_CONFIRMATION_SECONDS of logs.accounts.identity."""

MAX_NICKS = 50
"""Nicks confirmed at one time; the oldest proof ends when there are more, so that WHOIS takes a bounded rate."""


class NickProofs:
    """The nicks that one session has seen proven.

    `confirm` is called with nicks (folded) that are still held by the same connection, `end` with one that is not.
    """

    def __init__(
        self,
        isupport: Isupport,
        lookups: WhoisLookups,
        send: Send,
        confirm: Callable[[Collection[str]], None],
        end: Callable[[str], None],
    ) -> None:
        self._isupport = isupport
        self._lookups = lookups
        self._send = send
        self._confirm = confirm
        self._end = end
        self._connections: dict[str, tuple[str, ...]] = {}
        self._online: set[str] = set()
        self._rechecked_at = monotonic()

    def add(self, nick: str, source: tuple[str, ...]) -> None:
        """Bind a proof to a connection, by the user and host of the message that had the code (empty if unknown)."""
        key = self._isupport.fold(nick)
        known = self._connections.get(key)
        if known is not None and known[:2] != source:
            # Another connection proves the nick: what the earlier one has proven is over.
            self._end(nick)
        if key not in self._connections and len(self._connections) >= MAX_NICKS:
            self._end(next(iter(self._connections)))
        self._connections.setdefault(key, source)
        if "MONITOR" in self._isupport.tokens:
            self._send("MONITOR", "+", nick)
        # At once: a connection that only the next recheck looks at may be another one by then.
        self._lookups.find(nick, partial(self._compare, key))

    def remove(self, nick: str) -> bool:
        """Forget a nick; return whether it was proven."""
        key = self._isupport.fold(nick)
        if self._connections.pop(key, None) is None:
            return False
        self._online.discard(key)
        if "MONITOR" in self._isupport.tokens:
            self._send("MONITOR", "-", nick)
        return True

    def handle_presence(self, message: Message) -> None:
        """Process RPL_MONONLINE (730) or RPL_MONOFFLINE (731), lists of nicks."""
        for name in message.last.split(","):
            nick, _, source = name.partition("!")
            key = self._isupport.fold(nick)
            known = self._connections.get(key)
            if known is None:
                continue
            is_other = bool(source and known) and tuple(source.split("@", 1)) != known[:2]
            if message.command == "731" or is_other:
                self._end(nick)
            else:
                self._online.add(key)

    def tick(self) -> None:
        """Confirm the nicks when it is time; called about every second."""
        if monotonic() - self._rechecked_at <= RECHECK_SECONDS:
            return
        self._rechecked_at = monotonic()
        # Of these the server would have reported that they are gone.
        if self._online:
            self._confirm(frozenset(self._online))
        for key in self._connections.keys() - self._online:
            self._lookups.find(key, partial(self._compare, key))

    def _compare(self, key: str, result: WhoisResult) -> None:
        known = self._connections.get(key)
        if known is None or result.exists is None:
            return
        # The first reply may add the sign-on time, which differs between two connections of the same user and host.
        if not result.exists or result.connection[: len(known)] != known:
            self._end(key)
        else:
            self._connections[key] = result.connection
            self._confirm({key})
