"""Read files of any size and encoding as numbered lines, with little memory."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Protocol

from logs.formats.encodings import UNDECODABLE, LineDecoder, find_wide_encoding
from logs.formats.log_items import NumberedLine


class UnreadableError(Exception):
    """A file cannot be imported; the text says why in one sentence."""


class PrivateLogError(UnreadableError):
    """A file is the log of a private conversation, whatever other format it could have."""


TOO_LARGE = "It is too large when unpacked."

CHUNK_BYTES = 256 * 1024
MAX_LINE_BYTES = 64 * 1024
"""A longer line is not a line of a log: IRC allows 512 bytes, with tags 8,703."""

TOO_LONG = UNDECODABLE
"""The start of what replaces a longer line; it keeps formats from parsing the rest."""


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


def numbered_lines(
    file: Readable, on_progress: Callable[[int], object] = lambda _: None, decoder: LineDecoder | None = None
) -> Iterator[NumberedLine]:
    """The lines of a file, numbered from 1, without line ends; `on_progress` gets the number of bytes of each read."""
    decoder = decoder or LineDecoder()
    number = 0
    rest = b""
    for chunk in _read_chunks(file, on_progress):
        lines, rest = _split_lines(rest + chunk)
        yield from enumerate(_decode_lines(lines, decoder), number + 1)
        number += len(lines)
        if len(rest) > MAX_LINE_BYTES:  # enough to see that it is too long; the rest would only take memory
            rest = rest[: MAX_LINE_BYTES + 1]
    if rest := rest.rstrip(b"\r"):
        yield number + 1, decode_line(rest, decoder.decode)


def _split_lines(data: bytes) -> tuple[list[bytes], bytes]:
    """The whole lines, and the rest that the next chunk continues.

    Lines end with a newline, with returns before it where a file was converted, or as on old Macs with a return.
    """
    *lines, rest = data.split(b"\n")
    if b"\r" not in data:
        return lines, rest
    lines = [piece for line in lines for piece in line.rstrip(b"\r").split(b"\r")]
    # A return at the end may be the first half of a line end.
    body = rest.rstrip(b"\r")
    if b"\r" in body:
        *more, last = body.split(b"\r")
        lines += more
        rest = last + rest[len(body) :]
    return lines, rest


def _decode_lines(lines: list[bytes], decoder: LineDecoder) -> list[str]:
    """The texts of lines: all at once if they are UTF-8 and ordinary, which is faster."""
    data = b"\n".join(lines)
    is_ordinary = decoder.encoding is None and lines and not (b"\0" in data or b"\x1b$" in data)
    if is_ordinary and max(map(len, lines)) <= MAX_LINE_BYTES:
        with suppress(UnicodeDecodeError):
            return data.decode().split("\n")
    return [decode_line(line, decoder.decode) for line in lines]


def _read_chunks(file: Readable, on_progress: Callable[[int], object]) -> Iterator[bytes]:
    """The bytes of a file as UTF-8 or an 8-bit encoding, without a byte order mark."""
    chunk = file.read(CHUNK_BYTES)
    wide = find_wide_encoding(chunk)
    transcoder = codecs.getincrementaldecoder(wide)("replace") if wide else None
    chunk = chunk.removeprefix(codecs.BOM_UTF8)
    while chunk:
        on_progress(len(chunk))
        yield transcoder.decode(chunk).encode("utf-8", "replace") if transcoder else chunk
        chunk = file.read(CHUNK_BYTES)


def decode_line(line: bytes, decode: Callable[[bytes], str]) -> str:
    """The text of a line, without NUL."""
    if len(line) > MAX_LINE_BYTES:
        return TOO_LONG + line[:80].decode("utf-8", "replace")
    # Zeros are what a crash leaves in a file.
    return decode(line.replace(b"\0", b"") if b"\0" in line else line)
