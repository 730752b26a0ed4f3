"""Recognise lines that the archive has already in another encoding, because a copy was decoded wrongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from logs.imports.copy_rows import FileSummary

_ENCODINGS = (
    *("utf-8", "koi8_r", "cp1251", "cp866", "iso8859_5", "koi8_u", "cp1250", "iso8859_2", "iso8859_15", "cp1252"),
    *("cp1253", "iso8859_7", "cp1254", "cp1255", "cp1256", "cp874", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"),
)

MAX_PAIRS = 200_000
"""As many pairs of lines are compared for one batch of files; more would take too much memory."""

# Only what is not ASCII differs between two decodings, and a decoding rarely changes where words begin and end.
_FIND_PAIRS = """
    SELECT staged_line.n, staged_line.file, staged_line.text, known.text FROM staged_line JOIN logs_line AS known
        ON known.channel_id = %(channel)s AND known.at = staged_line.at AND known.kind = staged_line.kind
        AND known.nick = staged_line.nick AND known.text <> staged_line.text
    WHERE octet_length(staged_line.text) <> length(staged_line.text)
        AND octet_length(known.text) <> length(known.text)
    LIMIT %(limit)s
"""

_HAS_STAGED = """
    SELECT EXISTS (SELECT FROM staged_line WHERE octet_length(text) <> length(text))
    AND EXISTS (SELECT FROM logs_line WHERE channel_id = %(channel)s AND at BETWEEN %(first)s AND %(last)s)
"""


def drop_transcoded(cursor: Any, channel: int, summaries: Sequence[FileSummary]) -> Counter[int]:
    """Delete staged lines that are stored as the same bytes in another encoding; return how many per file."""
    first, last = min(each.first for each in summaries), max(each.last for each in summaries)
    cursor.execute(_HAS_STAGED, {"channel": channel, "first": first, "last": last})
    if not cursor.fetchone()[0]:
        return Counter()
    cursor.execute(_FIND_PAIRS, {"channel": channel, "limit": MAX_PAIRS})
    found = {n: file for n, file, text, known in cursor.fetchall() if is_transcoded(text, known)}
    if found:
        cursor.execute("DELETE FROM staged_line WHERE n = ANY(%s)", [list(found)])
    return Counter(found.values())


def is_transcoded(text: str, other: str) -> bool:
    """Whether two texts are the same bytes in two encodings, one of which is Windows-1252 or UTF-8."""
    return any(
        _encode(one, wrong) in {_encode(two, right) for right in _ENCODINGS} - {None}
        for one, two in ((text, other), (other, text))
        for wrong in ("cp1252", "utf-8", "latin-1")
    )


def _encode(text: str, encoding: str) -> bytes | None:
    try:
        # Bytes that Windows-1252 does not define are stored as the control characters of their numbers.
        return b"".join(
            bytes([ord(char)]) if "\x80" <= char <= "\x9f" else char.encode(encoding) for char in text
        )  # fmt: skip
    except UnicodeEncodeError:
        return None
