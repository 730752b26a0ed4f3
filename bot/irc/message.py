"""IRC messages: bytes to lines, lines to messages, messages to lines. https://modern.ircdocs.horse/#message-format

Only the space (0x20) separates parameters: other white space is part of the text. Each part is decoded on its own, so
that the encoding of one speaker's text never garbles the channel's name or somebody else's nick.

The numerics that refuse a JOIN, and the extended WHO (WHOX), stand at the end. https://modern.ircdocs.horse/#numerics,
https://ircv3.net/specs/extensions/whox
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.irc.decoding import NUL, decode

Send = Callable[..., None]
"""Sends a command with its parameters."""

MAX_SENT_BYTES = 512
"""Length of a line that a client may send, including its ending."""

MAX_RECEIVED_BYTES = 16 * 1024
"""Length of a received line: 8,191 bytes of tags, 512 of message, and as much again for servers that allow more."""

CTCP_DELIMITER = "\x01"

_LINE_ENDING = re.compile(rb"[\r\n]+")
_TAG_ESCAPES = {r"\:": ";", r"\s": " ", r"\\": "\\", r"\r": "\r", r"\n": "\n"}
_TAG_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_COMMAND = re.compile(rb"[A-Za-z]+|[0-9]{3}")
_SOURCE = re.compile(r"([^!@]*)(?:!([^@]*))?(?:@(.*))?", re.DOTALL)


class LineBuffer:
    """Splits a stream of bytes into lines. A line over MAX_RECEIVED_BYTES is truncated, so memory stays bounded."""

    def __init__(self) -> None:
        self._incomplete = b""

    def feed(self, received: bytes) -> list[bytes]:
        """Return the lines that are now complete, in order, without line endings and without empty lines."""
        *complete, incomplete = _LINE_ENDING.split(self._incomplete + received)
        self._incomplete = incomplete[:MAX_RECEIVED_BYTES]
        return [line[:MAX_RECEIVED_BYTES] for line in complete if line]


HISTORY_SERVICE = ("HistServ", "HistServ", "localhost")
"""The source of "ann joined the channel" in a history of Ergo. It is no speech."""

PLAYBACK_SOURCE = ("***", "znc", "znc.in")
"""The source of "Buffer Playback..." and "Playback Complete." around what ZNC repeats without a batch."""


@dataclass(slots=True)
class Message:
    """A parsed message. `nick` is the server's name when a server is the source; missing parts are empty.

    `continues_off_record`: it is a further line of a multi-line message of which an earlier one is off the record.
    `server_msgid`: the message id by which the server knows it, for a line of a multi-line message; its tag may have
    another one, derived from that. `restricted_to`: the symbols of those members of a channel to whom alone something
    was said.
    """

    command: str
    params: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    nick: str = ""
    user: str = ""
    host: str = ""
    continues_off_record: bool = False
    server_msgid: str = ""
    restricted_to: str = ""

    def param(self, index: int) -> str:
        """Return a parameter, or "" where the server sent fewer."""
        return self.params[index] if index < len(self.params) else ""

    @property
    def is_about_history(self) -> bool:
        """Whether it tells an event of a history in words (Ergo, to clients without draft/event-playback), or that a
        history begins or ends (ZNC)."""
        return (self.nick, self.user, self.host) in (HISTORY_SERVICE, PLAYBACK_SOURCE)

    @property
    def is_from_server(self) -> bool:
        """Whether a server is the source, or none is given."""
        return not self.user and ("." in self.nick or not self.nick)

    @property
    def last(self) -> str:
        """The last parameter, or ""."""
        return self.params[-1] if self.params else ""


def parse(line: bytes, encoding: str = "") -> Message | None:
    """Parse a line, with or without its ending; return None when it contains no command.

    `encoding` is that of text which is not UTF-8, "" for cp1252.
    """
    rest = line.replace(NUL, b"").rstrip(b"\r\n").lstrip(b" ")
    tags = source = b""
    if rest.startswith(b"@"):
        tags, _, rest = rest[1:].partition(b" ")
        rest = rest.lstrip(b" ")
    if rest.startswith(b":"):
        source, _, rest = rest[1:].partition(b" ")
        rest = rest.lstrip(b" ")
    command, _, rest = rest.partition(b" ")
    if not _COMMAND.fullmatch(command):
        return None
    return Message(
        command.decode().upper(),
        _parse_params(rest, encoding),
        _parse_tags(_decode(tags, "")),
        *_parse_source(_decode(source, encoding)),
    )


def format_message(command: str, *params: str) -> bytes:
    """Return a line to send, with its ending, truncated at 512 bytes between characters.

    ValueError when a part contains a line ending or NUL, or when a part before the last one is empty, contains a space
    or begins with a colon.
    """
    for part in (command, *params):
        if any(char in part for char in "\r\n\0"):
            raise ValueError(f"{command}: a line ending or NUL in {part!r}")
    for part in params[:-1]:
        if _needs_colon(part):
            raise ValueError(f"{command}: {part!r} can only be the last part")
    words = [command, *params]
    if params and _needs_colon(params[-1]):
        words[-1] = ":" + params[-1]
    encoded = " ".join(words).encode("utf-8", "replace")
    # Decoding with "ignore" drops a character that the cut has split.
    return encoded[: MAX_SENT_BYTES - 2].decode("utf-8", "ignore").encode() + b"\r\n"


def _needs_colon(part: str) -> bool:
    return not part or " " in part or part.startswith(":")


def _parse_params(rest: bytes, encoding: str) -> list[str]:
    params: list[str] = []
    rest = rest.lstrip(b" ")
    while rest:
        if rest.startswith(b":"):
            return [*params, _decode(rest[1:], encoding)]
        param, _, rest = rest.partition(b" ")
        params.append(_decode(param, encoding))
        rest = rest.lstrip(b" ")
    return params


def _decode(raw: bytes, encoding: str) -> str:
    # Most is ASCII and goes the short way.
    return raw.decode("ascii") if raw.isascii() and not encoding else decode(raw, encoding)


def _parse_tags(raw: str) -> dict[str, str]:
    """https://ircv3.net/specs/extensions/message-tags: of two equal keys the last one counts."""
    tags = {}
    for part in raw.split(";"):
        key, _, value = part.partition("=")
        if key:
            tags[key] = _TAG_ESCAPE.sub(_unescape, value) if "\\" in value else value
    return tags


def _unescape(match: re.Match[str]) -> str:
    # An unknown escape stands for the character itself, and a backslash at the end for nothing.
    return _TAG_ESCAPES.get(match[0], match[1])


def _parse_source(raw: str) -> tuple[str, str, str]:
    match = _SOURCE.fullmatch(raw)
    return (match[1], match[2] or "", match[3] or "") if match else (raw, "", "")


def split_ctcp(text: str) -> tuple[str, str] | None:
    """Return command and argument of a CTCP message, with or without its closing \\x01; None for ordinary text.

    A \\x01 anywhere but at the ends is ordinary text, and nothing is unquoted. https://modern.ircdocs.horse/ctcp
    """
    if not text.startswith(CTCP_DELIMITER):
        return None
    command, _, argument = text[1:].removesuffix(CTCP_DELIMITER).partition(" ")
    return (command.upper(), argument) if command else None


def format_ctcp(command: str, argument: str = "") -> str:
    """Return the text of a CTCP request or reply."""
    content = f"{command} {argument}" if argument else command
    return f"{CTCP_DELIMITER}{content}{CTCP_DELIMITER}"


JOIN_REFUSALS = {
    "403": "no such channel",
    "405": "the server allows no more channels",
    "448": "the server forbids the channel",
    "471": "the channel is full",
    "473": "the channel is by invitation only",
    "474": "banned from the channel",
    "475": "the channel needs a key, or another one",
    "476": "the server does not accept the channel's name",
    "477": "the channel needs a registered nick",
    "479": "the server does not accept the channel's name",
    "480": "too many clients join the channel at once, or it needs TLS",
    "485": "the server does not let us into the channel",
    "489": "the channel needs TLS",
    "500": "too many clients join the channel at once",
    "519": "the channel is for administrators of the server only",
    "520": "the channel is for operators only",
}

ERRORS = ("263", *map(str, range(400, 700)), *map(str, range(900, 1000)))
"""Numerics by which some server refuses something. https://defs.ircdocs.horse/defs/numerics"""

NO_ACCOUNT = frozenset({"", "*", "0"})


def whox_request(mask: str, token: str) -> tuple[str, ...]:
    """Return the command and parameters that request nick and account; the token identifies the replies."""
    return "WHO", mask, f"%tna,{token}"


def parse_whox_reply(message: Message, token: str) -> tuple[str, str] | None:
    """Return nick and account ("" for none) from RPL_WHOSPCRPL; None for a reply to another request."""
    if message.command != "354" or message.param(1) != token:
        return None
    account = message.param(3)
    return message.param(2), "" if account in NO_ACCOUNT else account
