"""Bytes of a message to text: UTF-8 wherever they are UTF-8, other bytes one by one in another encoding.

A channel's speakers may use several encodings, a relay may put two of them into one line, and another may cut a line
in the middle of a character. None of that garbles what is valid beside it.
"""

from __future__ import annotations

import re
from functools import lru_cache

NUL = b"\0"
CUT_CHARACTER = "\N{REPLACEMENT CHARACTER}"
"""Stands for a character of which a part is missing."""

# Three kinds of pieces: valid characters, the beginning of one without its end, and a byte that is neither.
_PIECE = re.compile(
    rb"""
    (?P<valid> [\x00-\x7f]+
      | (?: [\xc2-\xdf][\x80-\xbf]
          | \xe0[\xa0-\xbf][\x80-\xbf]
          | [\xe1-\xec\xee\xef][\x80-\xbf]{2}
          | \xed[\x80-\x9f][\x80-\xbf]
          | \xf0[\x90-\xbf][\x80-\xbf]{2}
          | [\xf1-\xf3][\x80-\xbf]{3}
          | \xf4[\x80-\x8f][\x80-\xbf]{2} ) )
    | (?P<begun> \xe0[\xa0-\xbf]
      | [\xe1-\xec\xee\xef][\x80-\xbf]
      | \xed[\x80-\x9f]
      | \xf0[\x90-\xbf][\x80-\xbf]?
      | [\xf1-\xf3][\x80-\xbf]{1,2}
      | \xf4[\x80-\x8f][\x80-\xbf]? )
    | (?P<foreign> [\x80-\xff] )
    """,
    re.VERBOSE,
)
_CUT_END = re.compile(rb"\x01?\Z|\.\.\.|\xe2\x80\xa6")
_LATIN_LEADS = b"\xc2\xc3"
_LETTER_AND_PUNCTUATION = re.compile(rb"[A-Za-z][\xe0-\xef][\x84\x85\x91-\x94\x96\x97\xab\xbb]")
"""The end of a word in cp1252 and a quotation mark, dash or ellipsis."""

_ESCAPE = b"\x1b"
_TWO_BYTES = (b"\xb0\xa1", b"\x82\xa0")
"""A character of two bytes in GBK, Big5, EUC-KR and EUC-JP, and one in Shift JIS."""


def decode(raw: bytes, encoding: str = "") -> str:
    """Return the text of a part of a message; only NUL is dropped, which PostgreSQL refuses.

    `encoding` is that of bytes which are not UTF-8, "" for cp1252, whose five undefined bytes become the control
    characters of the same number. A character that was cut off becomes U+FFFD: one of which two or more bytes are
    there, or one where a relay cuts, at the end of the part or before an ellipsis. A last byte that could be either
    (`caf\\xe9`) counts as cut only after other UTF-8.
    """
    raw = raw.replace(NUL, b"")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return _decode_mixed(raw, encoding)
    # ISO-2022-JP consists of escape sequences and ASCII.
    if encoding and _ESCAPE in raw and encoding.startswith("iso2022"):
        return raw.decode(encoding, "replace")
    return text


def _decode_mixed(raw: bytes, encoding: str) -> str:
    if encoding and _is_multibyte(encoding):
        # Its characters may look like UTF-8, so it has to be tried as a whole first.
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            pass
    pieces = list(_PIECE.finditer(raw))
    lead_bytes = {match[0][0] for match in pieces if match.lastgroup == "valid" and not match[0].isascii()}
    if not lead_bytes and not _is_only_truncated(pieces, raw, encoding):
        # Nothing suggests UTF-8.
        return _decode_foreign(raw, encoding)
    texts: list[str] = []
    is_after_foreign = False
    for match in pieces:
        piece = match[0]
        is_cut = not is_after_foreign and _looks_truncated(match, raw, lead_bytes)
        is_after_foreign = match.lastgroup == "foreign"
        if match.lastgroup == "valid":
            texts.append(piece.decode())
        else:
            texts.append(CUT_CHARACTER if is_cut else _decode_foreign(piece, encoding))
    return "".join(texts)


def _is_only_truncated(pieces: list[re.Match[bytes]], raw: bytes, encoding: str) -> bool:
    """Whether the only bytes beside ASCII are two or three of a character, where a relay cuts."""
    others = [match for match in pieces if match.lastgroup != "valid"]
    is_one = len(others) == 1 and others[0].lastgroup == "begun" and not encoding
    return is_one and bool(_CUT_END.match(raw, others[0].end()))


def _looks_truncated(match: re.Match[bytes], raw: bytes, lead_bytes: set[int]) -> bool:
    """Whether a piece that is not valid lost the rest of its character, among other text in UTF-8."""
    piece = match[0]
    if _CUT_END.match(raw, match.end()):
        return b"\xc2" <= piece < b"\xf5"
    if match.lastgroup == "begun":
        return not _LETTER_AND_PUNCTUATION.fullmatch(raw, max(0, match.start() - 1), match.end())
    # Â and Ã, as which cp1252 would read the first byte of most European letters, hardly ever occur.
    return b"\xc2" <= piece < b"\xe0" and (piece in _LATIN_LEADS or piece[0] in lead_bytes)


def _decode_foreign(raw: bytes, encoding: str) -> str:
    if encoding and _is_multibyte(encoding):
        return raw.decode(encoding, "replace")
    table = _table(encoding or "cp1252")
    return "".join([table[byte] for byte in raw])


@lru_cache(maxsize=16)
def _table(encoding: str) -> list[str]:
    """Return the characters of all bytes in an encoding of one byte each."""
    return [bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in range(256)]


@lru_cache(maxsize=16)
def _is_multibyte(encoding: str) -> bool:
    return any(len(pair.decode(encoding, "ignore")) == 1 for pair in _TWO_BYTES)
