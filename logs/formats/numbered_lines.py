"""Files as numbered lines: of any size, any bytes, without ever holding more than a little of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from logs.formats.base import Numbered


class UnreadableError(Exception):
    """A file cannot be read to its end; says why in a sentence."""


CHUNK = 256 * 1024
LONGEST = 64 * 1024
"""Bytes of a line; IRC has 512, with tags 8,703."""

TOO_LONG = "\0"
"""What a longer line begins with, so that no format takes its beginning for a line."""


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


def numbered_lines(file: Readable, advanced: Callable[[int], object] = lambda _: None) -> Iterator[Numbered]:
    """The lines of a file, counted from 1, without their ends; `advanced` is told how many bytes were read."""
    number = 0
    rest = b""
    while chunk := file.read(CHUNK):
        advanced(len(chunk))
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            number += 1
            yield number, decoded(line)
        if len(rest) > LONGEST:  # enough to know what it is; the rest is not worth the memory
            rest = rest[: LONGEST + 1]
    if rest:
        yield number + 1, decoded(rest)


def decoded(line: bytes) -> str:
    """The text of a line: UTF-8, else Windows-1252 as people had it before; never fails. No end of line, no NUL."""
    if len(line) > LONGEST:
        return TOO_LONG + line[:80].decode("utf-8", "replace")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = _legacy(line)
    text = text.removesuffix("\r")
    return text.replace("\0", "") if "\0" in text else text


def _legacy(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")
