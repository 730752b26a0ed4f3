"""Read files of any size and encoding as numbered lines, with little memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from logs.formats.log_format import NumberedLine


class UnreadableError(Exception):
    """A file cannot be imported; the text says why in one sentence."""


TOO_LARGE = "It is too large when unpacked."

CHUNK_BYTES = 256 * 1024
MAX_LINE_BYTES = 64 * 1024
"""A longer line is not a line of a log: IRC allows 512 bytes, with tags 8,703."""

TOO_LONG = "\0"
"""The start of what replaces a longer line; it keeps formats from parsing the rest."""


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


def numbered_lines(file: Readable, on_progress: Callable[[int], object] = lambda _: None) -> Iterator[NumberedLine]:
    """The lines of a file, numbered from 1, without line ends; `on_progress` gets the number of bytes of each read."""
    number = 0
    rest = b""
    while chunk := file.read(CHUNK_BYTES):
        on_progress(len(chunk))
        # The last piece has no line end yet: the next chunk continues it.
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            number += 1
            yield number, decode_line(line)
        if len(rest) > MAX_LINE_BYTES:  # enough to see that it is too long; the rest would only take memory
            rest = rest[: MAX_LINE_BYTES + 1]
    if rest:
        yield number + 1, decode_line(rest)


def decode_line(line: bytes) -> str:
    """The text of a line: UTF-8, or Windows-1252, as older clients wrote; never fails. Without line end and NUL."""
    if len(line) > MAX_LINE_BYTES:
        return TOO_LONG + line[:80].decode("utf-8", "replace")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = _decode_legacy(line)
    text = text.removesuffix("\r")
    return text.replace("\0", "") if "\0" in text else text


def _decode_legacy(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")
