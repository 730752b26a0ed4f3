"""What a command or a plugin is: the hook that the built-in commands and those of others share.

docs/plugins.md explains it with an example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

API = 1
"""Counts up when plugins have to change."""


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody has asked the bot for something: "botbot: seen ann" in a channel, or "seen ann" in private.

    `channel` is where it was said, or what was named first in private ("seen #garden ann"); "" if neither. `symbols`
    stand before the asker's nick there right now (such as "@"): asked of the server only for commands that want them.
    `words` is what follows the command, without formatting. `open`: the whole channel reads the answer. `account` is
    the services account that the server vouches for. `hold(channel id, whether)` stops or resumes what is kept of a
    channel, before the database is asked anew.
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
class Heard:
    """A line that has been recorded: `kind` is "message", "action", "notice", "join", "part", "quit", "nick", "kick",
    "mode" or "topic"; `target` is who was kicked, or the new nick."""

    network: str
    channel: str
    at: datetime
    kind: str
    nick: str
    account: str
    text: str
    target: str


@runtime_checkable
class Command(Protocol):
    """One thing that people can say. `names` are its words, the first one being the name; `usage` is one sentence;
    `wants_symbols`: whether the asker's rights in the channel matter."""

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def usage(self) -> str: ...

    @property
    def wants_symbols(self) -> bool: ...

    def answer(self, request: Request) -> Iterable[str]:
        """The lines of the answer, at most MOST_LINES. May wait for the database, whose connection is taken care of."""
        ...


@runtime_checkable
class Listener(Protocol):
    """Hears every line that is recorded, in order."""

    def heard(self, line: Heard) -> Iterable[str]:
        """What to say about it in the channel: mostly nothing."""
        ...


MOST_LINES = 4
