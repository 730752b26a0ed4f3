"""One IRC message as bytes and as parts. https://modern.ircdocs.horse/#message-format

Only the blank (0x20) separates: other white space is part of what people say. Each part is decoded by itself, so that
one speaker's encoding never garbles the channel's name or another's nick.
"""
# MERGED: A stream of bytes → lines. https://modern.ircdocs.horse/#message-format
# MERGED: Bytes of IRC → text. Nothing is dropped but NUL, which no server may send and PostgreSQL cannot hold.

from __future__ import annotations

import re
from dataclasses import dataclass, field

LONGEST = 512
"""Bytes of a line that a client may send, its ending counted."""

_ESCAPES = {r"\:": ";", r"\s": " ", r"\\": "\\", r"\r": "\r", r"\n": "\n"}
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_COMMAND = re.compile(rb"[A-Za-z]+|[0-9]{3}")
_SOURCE = re.compile(r"([^!@]*)(?:!([^@]*))?(?:@(.*))?", re.DOTALL)


@dataclass(slots=True)
class Message:
    """`nick` is the server's name when a server speaks; what the line did not give is empty."""

    command: str
    params: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    nick: str = ""
    user: str = ""
    host: str = ""

    def param(self, index: int) -> str:
        """A parameter, or "" where the server sent fewer."""
        return self.params[index] if index < len(self.params) else ""

    @property
    def last(self) -> str:
        return self.params[-1] if self.params else ""


def parse(line: bytes) -> Message | None:
    """The message of a line, with or without its ending; None when it holds no command."""
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
    return Message(command.decode().upper(), _params(rest), _tags(decode(tags)), *_source(decode(source)))


def line(command: str, *params: str) -> bytes:
    """A message to send, with its ending, cut at 512 bytes between characters.

    ValueError when a part holds a line ending or NUL, or one before the last is empty, holds a blank or begins with a
    colon.
    """
    for part in (command, *params):
        if any(char in part for char in "\r\n\0"):
            raise ValueError(f"{command}: a line ending or NUL in {part!r}")
    for part in params[:-1]:
        if _only_last(part):
            raise ValueError(f"{command}: {part!r} can only be the last part")
    words = [command, *params]
    if params and _only_last(params[-1]):
        words[-1] = ":" + params[-1]
    whole = " ".join(words).encode("utf-8", "replace")
    return whole[: LONGEST - 2].decode("utf-8", "ignore").encode() + b"\r\n"


def _only_last(part: str) -> bool:
    return not part or " " in part or part.startswith(":")


def _params(rest: bytes) -> list[str]:
    params: list[str] = []
    rest = rest.lstrip(b" ")
    while rest:
        if rest.startswith(b":"):
            return [*params, decode(rest[1:])]
        param, _, rest = rest.partition(b" ")
        params.append(decode(param))
        rest = rest.lstrip(b" ")
    return params


def _tags(raw: str) -> dict[str, str]:
    """https://ircv3.net/specs/extensions/message-tags: the last of two equal keys counts."""
    tags = {}
    for part in raw.split(";"):
        key, _, value = part.partition("=")
        if key:
            tags[key] = _ESCAPE.sub(_unescaped, value) if "\\" in value else value
    return tags


def _unescaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0], match[1])


def _source(raw: str) -> tuple[str, str, str]:
    match = _SOURCE.fullmatch(raw)
    return (match[1], match[2] or "", match[3] or "") if match else (raw, "", "")


LINE_LIMIT_BYTES = 16 * 1024
"""Bytes of a line: 8,191 of tags, 512 of message, and as much again for servers that allow more."""

_ENDING = re.compile(rb"[\r\n]+")


class Lines:
    """Cuts what is fed at CR and LF. A line over LONGEST loses its end, never its memory."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, read: bytes) -> list[bytes]:
        """The lines that are now whole, in order, without endings and without empty ones."""
        *whole, rest = _ENDING.split(self._rest + read)
        self._rest = rest[:LINE_LIMIT_BYTES]
        return [line[:LINE_LIMIT_BYTES] for line in whole if line]


NUL = b"\0"
CUT = "\N{REPLACEMENT CHARACTER}"


def decode(raw: bytes) -> str:
    """UTF-8; UTF-8 that was cut within its last character, which U+FFFD then stands for; else cp1252.

    A last byte that could be either (`caf\\xe9`) is taken for a cut only after other UTF-8. The five bytes that cp1252
    leaves undefined become the control characters of the same number.
    """
    raw = raw.replace(NUL, b"")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data"
        if cut and (len(raw) - error.start > 1 or not raw[: error.start].isascii()):
            return raw[: error.start].decode() + CUT
    return "".join([_CP1252[byte] for byte in raw])


_CP1252 = [bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)]
