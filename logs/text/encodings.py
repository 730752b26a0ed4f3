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
