"""A dump of a Quassel core's PostgreSQL database, as `pg_dump` writes it: its COPY blocks, without a server.

The table of lines comes before those that name channels and senders, so that the file is read twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from logs.formats.channel_files import BAD_ROW_ERRORS, Row, write_rows
from logs.formats.numbered_lines import UnreadableError
from logs.formats.quassel import CHANNEL_BUFFER, convert_rows

MAGIC = b"PostgreSQL database dump"
MAX_ROW_BYTES = 1_000_000
MAX_NAMES = 5_000_000
"""So many senders and buffers fit into memory; a core has some ten thousand."""

_COPY = re.compile(rb"COPY (?:[\w\"]{1,60}\.)?\"?(\w{1,60})\"? \(([\w\", ]{1,2000})\) FROM stdin;\r?\n?")
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_TABLES = {"buffer", "network", "sender"}

_TableRow = dict[str, str | None]


def is_dump(start: bytes) -> bool:
    """Whether a file that starts with these bytes is a dump in SQL."""
    return MAGIC in start and start.lstrip().startswith(b"--")


def extract_dump(path: Path, folder: Path, max_channels: int, max_bytes: int | None = None) -> None:
    """Write the lines of all channels, each to a file. UnreadableError if it is no dump of a Quassel core."""
    try:
        write_rows(_read_rows(path), folder, max_channels, max_bytes)
    except UnreadableError as error:
        raise UnreadableError(f"{path}: {error}") from error


def _read_rows(path: Path) -> Iterator[Row]:
    tables: dict[str, dict[str, _TableRow]] = {name: {} for name in _TABLES}
    for table, row in _read_blocks(path, _TABLES):
        tables[table][row.get(f"{table}id") or ""] = row
        if len(tables[table]) > MAX_NAMES:
            raise UnreadableError(f"It has more than {MAX_NAMES:,} rows of {table}.")
    if not all(tables.values()):
        raise UnreadableError("It is no dump of a Quassel core.")
    yield from convert_rows(_join(path, tables))


def _join(path: Path, tables: dict[str, dict[str, _TableRow]]) -> Iterator[tuple[Any, ...]]:
    """The rows that the query of a server would return, in the order of the dump."""
    for _, row in _read_blocks(path, {"backlog"}):
        buffer = tables["buffer"].get(row.get("bufferid") or "")
        if buffer is None or buffer.get("buffertype") != str(CHANNEL_BUFFER):
            continue
        network = tables["network"].get(buffer.get("networkid") or "") or {}
        sender = tables["sender"].get(row.get("senderid") or "") or {}
        at: datetime | None
        try:
            at, kind, flags = datetime.fromisoformat(row["time"] or ""), int(row["type"] or ""), int(row["flags"] or "")
        except BAD_ROW_ERRORS:
            at, kind, flags = None, 0, 0  # reported as a row that cannot be converted
        yield (
            row.get("messageid"), at, kind, flags, sender.get("sender") or "", row.get("message"),
            buffer.get("buffername"), network.get("networkname") or "", buffer.get("userid"),
        )  # fmt: skip


def _read_blocks(path: Path, wanted: set[str]) -> Iterator[tuple[str, _TableRow]]:
    """The rows of these tables, by the names of their columns."""
    table, columns = "", []
    with path.open("rb") as file:
        while line := file.readline(MAX_ROW_BYTES):
            if not table:
                match = _COPY.fullmatch(line) if line.startswith(b"COPY ") else None
                if match:
                    table = match[1].decode("ascii", "replace")
                    columns = [name.strip(' "') for name in match[2].decode("ascii", "replace").split(",")]
            # A line with a backslash and a dot ends the rows of COPY.
            elif line.rstrip(b"\r\n") == b"\\.":
                table = ""
            elif table in wanted:
                values = map(_decode, line.rstrip(b"\r\n").split(b"\t"))
                yield table, dict(zip(columns, values, strict=False))


def _decode(value: bytes) -> str | None:
    """A value as COPY writes it. https://www.postgresql.org/docs/current/sql-copy.html"""
    if value == b"\\N":
        return None
    if b"\\" in value:
        value = _ESCAPED.sub(lambda match: _ESCAPES.get(match[1], match[1]), value)
    return value.decode("utf-8", "replace")
