"""Stream lines into COPY, encoded while they are read, so that a log of any size takes little memory.

`drop_transcoded` recognises lines that the archive has already in another encoding, because a copy was decoded wrongly.
"""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from psycopg2 import extensions

from logs.formats.log_format import LogLine
from logs.formats.numbered_lines import UnreadableError
from logs.ingest.store import SHORT_CHARACTERS, clean_text, shorten_msgid, shorten_name, shorten_text

ROWS_PER_BLOCK = 500
"""How many rows one read by COPY returns."""

BLOCKS_PER_COPY = 20
"""How many blocks one COPY sends in cooperative mode."""

MIN_CLOCK_STEP_BACK = timedelta(minutes=1)
"""A smaller step of the clock is not reported."""

MIN_TIME, MAX_TIME = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


_NOTHING_ELSE = "\t\\N\t\\N\t\\N\t\\N\t\\N\n"
"""The end of a row without target, account, message id, id and old numbers."""


@dataclass(slots=True)
class FileSummary:
    """What was read of a file: lines, first and last time, and how often and how far the clock stepped back.

    `cut` is the number of lines whose text is stored without its end. `error` says why the file cannot be imported;
    empty if it can.
    """

    lines: int = 0
    clock_steps_back: int = 0
    longest_step_back: timedelta = timedelta()
    cut: int = 0
    first: datetime = MAX_TIME
    last: datetime = MIN_TIME
    error: str = ""

    def note_time(self, at: datetime, before: datetime | None) -> None:
        """Count the time of a line, `before` being that of the line before it."""
        if before is not None and at < before and before - at >= MIN_CLOCK_STEP_BACK:
            self.clock_steps_back += 1
            self.longest_step_back = max(self.longest_step_back, before - at)
        self.first = min(self.first, at)
        self.last = max(self.last, at)

    def shorten(self, text: str) -> str:
        """The text as it will be stored; counts it if that is without its end."""
        stored = shorten_text(text)
        self.cut += stored != clean_text(text)
        return stored


class RowStream:
    """A file object for COPY: the lines of all files as rows `file, n, at, kind, nick, text, target, account, msgid,
    id, old`, where `n` numbers the lines of all files in order.

    `summaries` are complete once everything was read. `has_msgids` and `has_old_numbers`: some line has one;
    `all_have_ids`: every line has one. `bounds` is the first and the last plausible time.
    """

    def __init__(self, files: Sequence[Iterable[LogLine]], bounds: tuple[datetime, datetime]) -> None:
        self.bounds = bounds
        self.summaries = [FileSummary() for _ in files]
        self.has_msgids = False
        self.all_have_ids = True
        self.has_old_numbers = False
        self.read_error: BaseException | None = None
        self._encoded_blocks = self._encode_files(files)

    def read(self, _size: int = 0) -> bytes:
        """The next rows, of any length; empty at the end. COPY calls this."""
        try:
            return next(self._encoded_blocks, b"")
        except BaseException as error:
            self.read_error = error  # psycopg2 raises an error of its own with the text of this one
            raise

    def _encode_files(self, files: Sequence[Iterable[LogLine]]) -> Iterator[bytes]:
        n = 0
        rows: list[str] = []
        nicks: dict[str, str] = {}
        for number, (lines, summary) in enumerate(zip(files, self.summaries, strict=True)):
            # `moment` and `stamp` are the time of the line before, as a datetime and as text.
            before, moment, stamp = n, None, ""
            try:
                for at, kind, nick, text, target, account, msgid, line_id, old in lines:
                    # Formats return the same object for lines of one second: most lines skip this.
                    if at is not moment:
                        summary.note_time(at, moment)
                        moment, stamp = at, at.isoformat()
                    n += 1
                    if len(text) > SHORT_CHARACTERS:
                        text = summary.shorten(text)  # noqa: PLW2901  (compared with stored lines as it would be stored)
                    # A channel has few nicks and many lines: each nick is encoded once.
                    name = nicks.get(nick) or nicks.setdefault(nick, _encode_field(shorten_name(nick)))
                    # Most texts are written as they are, most lines have nothing behind them: this runs for each line.
                    if "\\" in text or not text.isprintable():
                        text = _encode_field(text)  # noqa: PLW2901
                    if target is account is msgid is None and line_id is None and old is None:
                        self.all_have_ids = False
                        rows.append(f"{number}\t{n}\t{stamp}\t{kind}\t{name}\t{text}{_NOTHING_ELSE}")
                    else:
                        others = self._encode_optional(target, account, msgid, line_id, old)
                        rows.append(f"{number}\t{n}\t{stamp}\t{kind}\t{name}\t{text}\t{others}\n")
                    if len(rows) >= ROWS_PER_BLOCK:
                        yield "".join(rows).encode()
                        # The list is reused: the block was joined into a string of its own.
                        rows.clear()
            except UnreadableError as error:
                summary.error = str(error)
            summary.lines = n - before
            summary.error = summary.error or self._time_error(summary)
        yield "".join(rows).encode()

    def _time_error(self, summary: FileSummary) -> str:
        """Why the times of a file are implausible; empty if they are not."""
        for at in (summary.first, summary.last) if summary.lines else ():
            if not self.bounds[0] <= at <= self.bounds[1]:
                return f"A line of it is of {at:%Y-%m-%d}, which cannot be: is the year wrong?"
        return ""

    def _encode_optional(
        self,
        target: str | None,
        account: str | None,
        msgid: str | None,
        line_id: int | None,
        old: tuple[int, ...] | None,
    ) -> str:
        self.all_have_ids = self.all_have_ids and line_id is not None
        self.has_msgids = self.has_msgids or bool(msgid)
        self.has_old_numbers = self.has_old_numbers or bool(old)
        array = f"{{{','.join(map(str, old))}}}" if old else None
        target, account = (None if name is None else shorten_name(name) for name in (target, account))
        return "\t".join(_encode_field(field) for field in (target, account, shorten_msgid(msgid), line_id, array))


def copy_rows(cursor: Any, table: str, rows: RowStream, *, cooperative: bool = False) -> None:
    """Copy all rows into a table.

    COPY blocks the whole process, because psycopg2 refuses it while a wait callback is set. With `cooperative` the
    lines are read first, with a chance for other greenlets after each block, and copied in small parts.
    """
    if not cooperative:
        _run_copy(cursor, table, rows, rows)
        return
    while part := b"".join(block for _ in range(BLOCKS_PER_COPY) if (block := _next_block(rows))):
        _run_copy(cursor, table, io.BytesIO(part), rows)
        time.sleep(0)


def _next_block(rows: RowStream) -> bytes:
    time.sleep(0)
    return rows.read()


def _run_copy(cursor: Any, table: str, file: Any, rows: RowStream) -> None:
    # The callback is global to the process, so that nothing else may use the database until it is set again.
    callback = extensions.get_wait_callback()
    extensions.set_wait_callback(None)
    try:
        with connection.wrap_database_errors:
            cursor.copy_expert(f"COPY {table} FROM STDIN", file)
    except Exception:
        if rows.read_error:
            raise rows.read_error from None
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
