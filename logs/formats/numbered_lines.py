"""Files as numbered lines: of any size, any bytes, without ever holding more than a little of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from logs.formats.log_format import NumberedLine


class UnreadableError(Exception):
    """A file cannot be read to its end; says why in a sentence."""


CHUNK_BYTES = 256 * 1024
MAX_LINE_BYTES = 64 * 1024
"""Bytes of a line; IRC has 512, with tags 8,703."""

TOO_LONG = "\0"
"""What a longer line begins with, so that no format takes its beginning for a line."""


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


def numbered_lines(file: Readable, on_progress: Callable[[int], object] = lambda _: None) -> Iterator[NumberedLine]:
    """The lines of a file, counted from 1, without their ends; `on_progress` is told how many bytes were read."""
    number = 0
    rest = b""
    while chunk := file.read(CHUNK_BYTES):
        on_progress(len(chunk))
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            number += 1
            yield number, decode_line(line)
        if len(rest) > MAX_LINE_BYTES:  # enough to know what it is; the rest is not worth the memory
            rest = rest[: MAX_LINE_BYTES + 1]
    if rest:
        yield number + 1, decode_line(rest)


def decode_line(line: bytes) -> str:
    """The text of a line: UTF-8, else Windows-1252 as people had it before; never fails. No end of line, no NUL."""
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
