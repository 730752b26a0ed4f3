"""Names of text encodings, as people write them. Apart from `logs.formats.encodings`, which loads what guesses them."""

from __future__ import annotations

import codecs

_NO_TEXT = frozenset({"idna", "punycode", "undefined", "raw-unicode-escape", "unicode-escape", "utf-7"})


def find_encoding(name: str) -> str:
    """Python's name of a text encoding; ValueError with a sentence for the user when there is none."""
    try:
        "".encode(name)  # refuses what is not between text and bytes
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        codec = None
    if codec is None or codec.name in _NO_TEXT:
        raise ValueError(f"There is no text encoding {name}.")
    return codec.name


def find_irc_encoding(name: str) -> str:
    """Python's name of an encoding for text on IRC; ValueError with a sentence for the user when it is none."""
    encoding = find_encoding(name)
    ascii_text = "".join(map(chr, range(32, 127)))
    if ascii_text.encode().decode(encoding, "replace") != ascii_text:
        raise ValueError(f"IRC cannot be written in {encoding}: its commands are in ASCII.")
    return encoding


COMMON_ENCODINGS = {
    "cp1252": "Western Europe (Windows-1252)",
    "iso8859_15": "Western Europe (ISO 8859-15, with €)",
    "cp1250": "Central Europe (Windows-1250)",
    "iso8859_2": "Central Europe (ISO 8859-2)",
    "cp1251": "Cyrillic (Windows-1251)",
    "koi8_r": "Cyrillic (KOI8-R)",
    "koi8_u": "Cyrillic (KOI8-U)",
    "cp866": "Cyrillic (DOS, 866)",
    "iso8859_5": "Cyrillic (ISO 8859-5)",
    "cp1253": "Greek (Windows-1253)",
    "iso8859_7": "Greek (ISO 8859-7)",
    "cp1254": "Turkish (Windows-1254)",
    "cp1255": "Hebrew (Windows-1255)",
    "cp1256": "Arabic (Windows-1256)",
    "cp1257": "Baltic (Windows-1257)",
    "cp874": "Thai (Windows-874)",
    "shift_jis": "Japanese (Shift JIS)",
    "euc_jp": "Japanese (EUC-JP)",
    "iso2022_jp": "Japanese (ISO-2022-JP)",
    "gbk": "Chinese, simplified (GBK)",
    "big5": "Chinese, traditional (Big5)",
    "euc_kr": "Korean (EUC-KR)",
}
"""Encodings that a person chooses from, in Python's names: those of IRC before everybody had UTF-8."""
