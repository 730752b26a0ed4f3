"""The interface of commands and plugins: the built-in commands use it, and so do those of other packages.

docs/plugins.md explains it with an example. Its names stay as they are: packages that we do not know depend on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

API = 1
"""Version of the interface; increases when plugins have to change."""

MAX_LINES = 4
"""Lines of one answer; any more are dropped."""

MOST_LINES = MAX_LINES
"""The former name of MAX_LINES."""


@dataclass(frozen=True, slots=True)
class Request:
    """A command that somebody gave the bot: "botbot: seen ann" in a channel, or "seen ann" in private.

    `channel` is where it was said, or what was named first in private ("seen #garden ann"); "" if neither. `symbols`
    stand before the nick in the channel at that moment (such as "@"), for commands with `wants_symbols` only. `words`
    is what follows the command, without formatting. `open`: the whole channel reads the answer. `account` is the
    services account according to the server. `me` is the bot's nick. `hold(channel id, whether)` stops or resumes
    recording a channel at once, before the database is read again.
    """

    network: int
    network_name: str
    nick: str
    account: str
    channel: str
    symbols: str
    words: str
    at: datetime
    private: bool
    open: bool
    me: str
    hold: Callable[[int, bool], None] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """A line that has been recorded.

    `kind` is "message", "action", "notice", "join", "part", "quit", "nick", "kick", "mode" or "topic"; `target` is who
    was kicked, or the new nick.
    """

    network: str
    channel: str
    at: datetime
    kind: str
    nick: str
    account: str
    text: str
    target: str


Heard = RecordedLine
"""The former name of RecordedLine."""


@runtime_checkable
class Command(Protocol):
    """One command. `names` are its words, the first one being the main name; `usage` is one sentence for `help`;
    `wants_symbols`: whether it needs the rights in the channel of the person who gives it."""

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def usage(self) -> str: ...

    @property
    def wants_symbols(self) -> bool: ...

    def answer(self, request: Request) -> Iterable[str]:
        """Return the lines of the answer, at most MAX_LINES. May query the database; its connection is closed later."""
        ...


@runtime_checkable
class Listener(Protocol):
    """Receives every line that is recorded, in order."""

    def heard(self, line: RecordedLine) -> Iterable[str]:
        """Return what to say about the line in the channel: mostly nothing."""
        ...
