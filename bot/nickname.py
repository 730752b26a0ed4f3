"""Our nick: another one while ours is taken, and ours again as soon as it is free."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from bot.irc.isupport import Isupport
from bot.irc.message import Message

ASK_EVERY = 60.0

Send = Callable[..., None]


class Nickname:
    """`now` is the nick that we have, or try to register with.

    Whether the wanted one is free again the server tells by itself where it has MONITOR
    (https://ircv3.net/specs/extensions/monitor), else it is asked by ISON.
    """

    def __init__(self, wanted: str, send: Send) -> None:
        self.wanted = wanted
        self.now = wanted
        self._send = send
        self._tried = 0
        self._asked = monotonic()
        self._monitored = False

    def taken(self) -> None:
        """During registration: tries the next one."""
        self._tried += 1
        self.now = self.wanted[:12] + ("_" * self._tried if self._tried < 4 else str(self._tried))
        self._send("NICK", self.now)

    def look(self, isupport: Isupport) -> None:
        """Called every second or so: sees to it that we hear when our nick is free."""
        if self.now == self.wanted:
            return
        if "MONITOR" in isupport.tokens:
            if not self._monitored:
                self._monitored = True
                self._send("MONITOR", "+", self.wanted)
        elif monotonic() - self._asked > ASK_EVERY:
            self._asked = monotonic()
            self._send("ISON", self.wanted)

    def told(self, message: Message, same: Callable[[str, str], bool]) -> None:
        """RPL_MONOFFLINE (731) or RPL_ISON (303): takes our nick when nobody has it."""
        if self.now == self.wanted:
            return
        names = [name.partition("!")[0] for name in message.last.replace(",", " ").split(" ")]
        there = any(same(name, self.wanted) for name in names)
        if there == (message.command == "731"):
            self._send("NICK", self.wanted)
