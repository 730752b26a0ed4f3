"""Bytes of IRC → text. Nothing is dropped but NUL, which no server may send and PostgreSQL cannot hold."""

from __future__ import annotations

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
