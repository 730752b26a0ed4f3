"""Bytes of an IRC line → text. Nothing is dropped except NUL, which no server may send and PostgreSQL cannot hold."""

from __future__ import annotations


def decode(line: bytes) -> str:
    """UTF-8; UTF-8 that was cut within its last character, marked by U+FFFD; else cp1252, else that byte's number."""
    line = line.replace(b"\0", b"")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end == len(line) and error.reason == "unexpected end of data":
            return line[: error.start].decode("utf-8") + "\N{REPLACEMENT CHARACTER}"
    return "".join(_CP1252[byte] for byte in line)


_CP1252 = [bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)]
