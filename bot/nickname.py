"""Our nick: an alternative while ours is taken, and ours again as soon as it is free."""

from __future__ import annotations

from time import monotonic

from bot.irc.isupport import Isupport
from bot.irc.message import Message, Send

ISON_INTERVAL_SECONDS = 60.0
MAX_UNDERSCORES = 3


class Nickname:
    """`current` is the nick that we have, or try to register with.

    A server with MONITOR (https://ircv3.net/specs/extensions/monitor) says by itself when the wanted nick is free; any
    other is polled with ISON.
    """

    def __init__(self, wanted: str, isupport: Isupport, send: Send) -> None:
        self.wanted = wanted
        self.current = wanted
        self._isupport = isupport
        self._send = send
        self._attempts = 0
        self._polled_at = monotonic()
        self._is_monitored = False

    def is_ours(self, nick: str) -> bool:
        """Whether a nick is the one that we have now."""
        return self._isupport.is_same_name(nick, self.current)

    def try_next(self) -> None:
        """Try an alternative, during registration."""
        self._attempts += 1
        suffix = "_" * self._attempts if self._attempts <= MAX_UNDERSCORES else str(self._attempts)
        self.current = self.wanted[:12] + suffix
        self._send("NICK", self.current)

    def tick(self) -> None:
        """Watch for our nick to become free; called about every second."""
        if self.current == self.wanted:
            return
        if "MONITOR" in self._isupport.tokens:
            if not self._is_monitored:
                self._is_monitored = True
                self._send("MONITOR", "+", self.wanted)
        elif monotonic() - self._polled_at > ISON_INTERVAL_SECONDS:
            self._polled_at = monotonic()
            self._send("ISON", self.wanted)

    def handle_presence(self, message: Message) -> None:
        """Process RPL_MONOFFLINE (731) or RPL_ISON (303): take our nick when it is free."""
        if self.current == self.wanted:
            return
        names = [name.partition("!")[0] for name in message.last.replace(",", " ").split(" ")]
        is_listed = any(self._isupport.is_same_name(name, self.wanted) for name in names)
        # 731 lists nicks that are offline, 303 those that are online.
        if is_listed == (message.command == "731"):
            self._send("NICK", self.wanted)
