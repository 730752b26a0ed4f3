"""One IRC message, as text and as parts. https://modern.ircdocs.horse/#messages, https://ircv3.net/specs/extensions/message-tags

Only the blank (0x20) separates; other white space is part of what people say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.irc.text import decode

LONGEST = 512

_ESCAPES = {r"\:": ";", r"\s": " ", r"\\": "\\", r"\r": "\r", r"\n": "\n"}
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_COMMAND = re.compile(r"[A-Za-z]+|[0-9]{3}")


@dataclass(slots=True)
class Message:
    """`nick` is the server's name when a server speaks, and empty when no source is given."""

    command: str
    params: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    nick: str = ""
    userhost: str = ""

    def param(self, index: int) -> str:
        """A parameter, or "" where the server sent fewer."""
        return self.params[index] if index < len(self.params) else ""


def parse(line: bytes) -> Message | None:
    """The message of a line without its line ending; None when it holds no command."""
    rest = decode(line).strip("\r\n")
    tags: dict[str, str] = {}
    if rest.startswith("@"):
        raw, _, rest = rest[1:].partition(" ")
        tags = _tags(raw)
    rest = rest.lstrip(" ")
    source = ""
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
        rest = rest.lstrip(" ")
    command, _, rest = rest.partition(" ")
    if not _COMMAND.fullmatch(command):
        return None
    nick, _, userhost = source.partition("!")
    return Message(command.upper(), _params(rest), tags, nick, userhost)


def line(command: str, *params: str) -> bytes:
    """A message to send, with its line ending, cut at 512 bytes between characters.

    ValueError when a part holds a line ending or NUL, or a part but the last a blank or nothing.
    """
    for part in (command, *params):
        if any(char in part for char in "\r\n\0"):
            raise ValueError(f"{command}: a line ending or NUL in {part!r}")
    for part in params[:-1]:
        if not part or " " in part or part.startswith(":"):
            raise ValueError(f"{command}: {part!r} can only be the last part")
    words = [command, *params]
    if params and (not params[-1] or " " in params[-1] or params[-1].startswith(":")):
        words[-1] = ":" + params[-1]
    return " ".join(words).encode()[: LONGEST - 2].decode("utf-8", "ignore").encode() + b"\r\n"


def _params(rest: str) -> list[str]:
    params: list[str] = []
    rest = rest.lstrip(" ")
    while rest:
        if rest.startswith(":"):
            return [*params, rest[1:]]
        param, _, rest = rest.partition(" ")
        params.append(param)
        rest = rest.lstrip(" ")
    return params


def _tags(raw: str) -> dict[str, str]:
    tags = {}
    for part in raw.split(";"):
        key, _, value = part.partition("=")
        if key:
            tags[key] = _ESCAPE.sub(lambda match: _ESCAPES.get(match[0], match[1]), value)
    return tags
