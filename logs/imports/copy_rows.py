"""Lines on their way into COPY: encoded while they are read, so that a log of any size takes little memory."""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from psycopg2 import extensions

from logs.formats.log_format import LogLine
from logs.formats.numbered_lines import UnreadableError
from logs.ingest.store import clean_text, shorten_msgid

ROWS_PER_BLOCK = 500
"""Lines that go to the database at a time."""

BLOCKS_PER_COPY = 20
"""Blocks that go at a time where others wait meanwhile."""

MIN_CLOCK_STEP_BACK = timedelta(minutes=1)
"""A clock that is set back by less is not worth telling."""

MIN_TIME, MAX_TIME = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class FileSummary:
    """What was read of a file: how many lines, from when to when, how often the clock went back in between, and why not
    all of it."""

    lines: int = 0
    backwards: int = 0
    first: datetime = MAX_TIME
    last: datetime = MIN_TIME
    error: str = ""


class RowStream:
    """The lines of files as rows `file, n, at, kind, nick, text, target, account, msgid, id, old`; `n` counts them all.

    `spans` tells of each file once it was read. `msgids`, `olds`: whether any line has one; `ids`: whether all have.
    """

    def __init__(self, files: Sequence[Iterable[LogLine]], bounds: tuple[datetime, datetime]) -> None:
        self.bounds = bounds
        self.spans = [FileSummary() for _ in files]
        self.msgids = False
        self.ids = True
        self.olds = False
        self.broken: BaseException | None = None
        self._blocks = self._encoded(files)

    def read(self, _size: int = 0) -> bytes:
        """Some rows; none at the end. COPY asks for them."""
        try:
            return next(self._blocks, b"")
        except BaseException as error:
            self.broken = error  # psycopg2 would tell its text only
            raise

    def _encoded(self, files: Sequence[Iterable[LogLine]]) -> Iterator[bytes]:
        n = 0
        rows: list[str] = []
        nicks: dict[str, str] = {}
        for number, (lines, span) in enumerate(zip(files, self.spans, strict=True)):
            before, moment, stamp = n, None, ""
            try:
                for at, kind, nick, text, *more in lines:
                    if at is not moment:
                        if moment is not None and at < moment and moment - at >= MIN_CLOCK_STEP_BACK:
                            span.backwards += 1
                        moment, stamp = at, at.isoformat()
                        span.first = min(at, span.first)
                        span.last = max(at, span.last)
                    n += 1
                    name = nicks.get(nick) or nicks.setdefault(nick, _encode_field(nick))
                    rows.append(f"{number}\t{n}\t{stamp}\t{kind}\t{name}\t{_encode_field(text)}\t{self._rest(more)}\n")
                    if len(rows) >= ROWS_PER_BLOCK:
                        yield "".join(rows).encode()
                        rows.clear()
            except UnreadableError as error:
                span.error = str(error)
            span.lines = n - before
            span.error = span.error or self._misplaced(span)
        yield "".join(rows).encode()

    def _misplaced(self, span: FileSummary) -> str:
        """Why the times of a file cannot be right; nothing if they may be."""
        for at in (span.first, span.last) if span.lines else ():
            if not self.bounds[0] <= at <= self.bounds[1]:
                return f"A line of it is of {at:%Y-%m-%d}, which cannot be: is the year wrong?"
        return ""

    def _rest(self, fields: list[Any]) -> str:
        target, account, msgid, number, old = fields
        self.ids = self.ids and number is not None
        if target is account is msgid is number is old is None:
            return "\\N\t\\N\t\\N\t\\N\t\\N"
        self.msgids = self.msgids or bool(msgid)
        self.olds = self.olds or bool(old)
        array = f"{{{','.join(map(str, old))}}}" if old else None
        return "\t".join(_encode_field(field) for field in (target, account, shorten_msgid(msgid), number, array))


def copy_rows(cursor: Any, table: str, rows: RowStream, *, politely: bool = False) -> None:
    """All rows into a table. COPY does not go together with the callback by which green processes wait: all of the
    process waits. `politely`: lines are read first and go in bites, so that others wait for one of these at most."""
    if not politely:
        _run_copy(cursor, table, rows, rows)
        return
    while bite := b"".join(block for _ in range(BLOCKS_PER_COPY) if (block := _next_block(rows))):
        _run_copy(cursor, table, io.BytesIO(bite), rows)
        time.sleep(0)


def _next_block(rows: RowStream) -> bytes:
    time.sleep(0)
    return rows.read()


def _run_copy(cursor: Any, table: str, file: Any, rows: RowStream) -> None:
    callback = extensions.get_wait_callback()
    extensions.set_wait_callback(None)
    try:
        with connection.wrap_database_errors:
            cursor.copy_expert(f"COPY {table} FROM STDIN", file)
    except Exception:
        if rows.broken:
            raise rows.broken from None
        raise
    finally:
        extensions.set_wait_callback(callback)


def _encode_field(value: object) -> str:
    """A value as COPY reads it. https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2"""
    if value is None:
        return "\\N"
    text = clean_text(str(value))
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if text.isprintable():
        return text
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
