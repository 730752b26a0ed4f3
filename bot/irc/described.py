"""What a message of a channel means as a line of its log."""

from __future__ import annotations

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
    match message.command:
        case "PRIVMSG" | "NOTICE":
            request = ctcp.split(message.param(1))
            if request is not None and request[0] == "ACTION":
                return Described("ACTION", request[1])
            return Described("MESSAGE" if message.command == "PRIVMSG" else "NOTICE", message.param(1))
        case "JOIN":
            return Described("JOIN")
        case "PART":
            return Described("PART", message.param(1))
        case "QUIT":
            return Described("QUIT", message.param(0))
        case "KICK":
            return Described("KICK", message.param(2), message.param(1))
        case "NICK":
            return Described("NICK", "", message.param(0))
        case "MODE":
            return Described("MODE", " ".join(message.params[1:]))
        case "TOPIC":
            return Described("TOPIC", message.param(1))
    return None
