"""What a message of a channel means as a line of its log."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bot.irc import ctcp
from bot.irc.message import Message


class Described(NamedTuple):
    """`kind` is a name of logs.models.Kind."""

    kind: str
    text: str = ""
    target: str | None = None


def describe(message: Message) -> Described | None:
    """The line of a message; None for those that leave none."""
    meaning = _MEANINGS.get(message.command)
    return meaning(message) if meaning else None


def _said(message: Message) -> Described:
    request = ctcp.split(message.param(1))
    if request is not None and request[0] == "ACTION":
        return Described("ACTION", request[1])
    return Described("MESSAGE" if message.command == "PRIVMSG" else "NOTICE", message.param(1))


_MEANINGS: dict[str, Callable[[Message], Described]] = {
    "PRIVMSG": _said,
    "NOTICE": _said,
    "JOIN": lambda _: Described("JOIN"),
    "PART": lambda message: Described("PART", message.param(1)),
    "QUIT": lambda message: Described("QUIT", message.param(0)),
    "KICK": lambda message: Described("KICK", message.param(2), message.param(1)),
    "NICK": lambda message: Described("NICK", "", message.param(0)),
    "MODE": lambda message: Described("MODE", " ".join(message.params[1:])),
    "TOPIC": lambda message: Described("TOPIC", message.param(1)),
}
