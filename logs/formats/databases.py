"""Databases of other log sites, which hold many channels: logbot's SQLite file and BotBot's table as CSV.

Each channel is extracted into a file of JSON Lines.

logbot: `logs(id, old_id, time, channel, nick, type, text)`; a line's address has old_id or else id.
BotBot: a CSV with a header that names channel, timestamp, nick, text, and perhaps command, action and id.

A row that cannot be converted is written as text that is no JSON, so that the import counts and reports it.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from types import TracebackType
from typing import Any, Self, TextIO

from logs.formats import jsonl
from logs.formats.file_names import channel_file_name
from logs.formats.log_format import (
    ACTION,
    JOIN,
    KICK,
    MESSAGE,
    MODE,
    NICK,
    NOTICE,
    PART,
    QUIT,
    TOPIC,
    LogLine,
    WriteOptions,
)
from logs.formats.numbered_lines import TOO_LARGE, UnreadableError

SQLITE_MAGIC = b"SQLite format 3\0"

_LOGBOT_KINDS = {0: MESSAGE, 1: ACTION, 2: NOTICE}
_BOTBOT_KINDS = {
    "PRIVMSG": MESSAGE,
    "ACTION": ACTION,
    "NOTICE": NOTICE,
    "JOIN": JOIN,
    "PART": PART,
    "QUIT": QUIT,
    "NICK": NICK,
    "KICK": KICK,
    "MODE": MODE,
    "TOPIC": TOPIC,
}
_STATUS_COMMANDS = {"SHUTDOWN", "STARTUP", "VERSION", "PING", "PONG"}
"""Rows about the bot itself, which are skipped."""

_REQUIRED_COLUMNS = {"timestamp", "nick", "text"}
_MAX_BIGINT = 2**63 - 1

MAX_ROW_BYTES = 1_000_000
"""The longest value and row that SQLite may make of a database."""

MIN_STEPS, STEPS_PER_BYTE, STEPS_PER_CALL = 1_000_000, 20, 1000
"""Steps of SQLite's virtual machine that are enough: a row takes about 70 and is at least 30 bytes long."""

MAX_OPEN_CHANNELS = 64
"""Files of channels that are open at one time: systems allow some hundreds."""

_BAD_ROW_ERRORS = (ValueError, KeyError, TypeError, OverflowError, OSError, AttributeError)

Row = tuple[str, LogLine | str | None]
"""A channel and one of its lines: parsed, or as text if the row is invalid; None if it is skipped."""


def is_database(path: PurePath, start: bytes) -> bool:
    """Whether a file that starts with these bytes is such a database."""
    if start.startswith(SQLITE_MAGIC):
        return True
    header = set(start.split(b"\n", 1)[0].decode("utf-8", "replace").strip().replace('"', "").split(","))
    return path.suffix == ".csv" and header >= _REQUIRED_COLUMNS and bool(header & {"channel", "room"})


def extract_channels(path: Path, folder: Path, max_channels: int, max_bytes: int | None = None) -> None:
    """Write a file for each channel of a database, together at most `max_bytes` of text.

    UnreadableError when it is damaged, has other columns or exceeds a limit.
    """
    written = 0
    folder.mkdir(parents=True)
    with path.open("rb") as file:
        read = _read_logbot if file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC else _read_botbot
    try:
        with _ChannelFiles(folder, max_channels) as files:
            for name, line in read(path):
                file_of_channel = files.open(name.replace("\0", ""))
                for text in _encode_row(line):
                    written += file_of_channel.write(f"{text}\n")
                if max_bytes is not None and written > max_bytes:
                    raise UnreadableError(f"{path}: {TOO_LARGE}")
    except (sqlite3.Error, csv.Error) as error:
        raise UnreadableError(f"{path}: {error}") from error


class _ChannelFiles:
    """The files of channels. Those that were used last stay open: rows of CSV are ordered by time, not by channel."""

    def __init__(self, folder: Path, max_channels: int) -> None:
        self._folder = folder
        self._max_channels = max_channels
        self._names: set[str] = set()
        self._open: dict[str, TextIO] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for file in self._open.values():
            file.close()

    def open(self, channel: str) -> TextIO:
        """Return the file of a channel, to be written at its end. It is valid until the next call."""
        stem = channel_file_name(channel if channel[:1] in {"#", "&", "+", "!"} else f"#{channel}")
        file = self._open.pop(stem, None)
        if file is None:
            self._names.add(stem)
            if len(self._names) > self._max_channels:
                raise UnreadableError(f"It contains more than {self._max_channels:,} channels.")
            if len(self._open) >= MAX_OPEN_CHANNELS:
                self._open.pop(next(iter(self._open))).close()
            file = (self._folder / f"{stem}.jsonl").open("a", encoding="utf-8")
        self._open[stem] = file
        return file


def _encode_row(line: LogLine | str | None) -> Iterator[str]:
    if isinstance(line, LogLine):
        yield from jsonl.write([line], WriteOptions(""))
    elif line:
        yield line


def _read_logbot(path: Path) -> Iterator[Row]:
    """Yield the rows of logbot's table. The database is a stranger's: nothing in it may run."""
    # Immutable: no journal beside it is read, and nothing is locked.
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        budget = _limit_sqlite(database, path.stat().st_size)
        try:
            _check_logbot_table(database)
            database.set_authorizer(_authorize)
            yield from _read_logbot_rows(database)
        except sqlite3.Error:
            if budget.is_spent:
                raise UnreadableError(f"{path}: Reading it takes more steps than a log needs.") from None
            raise


@dataclass(slots=True)
class _StepBudget:
    """How many thousand steps of SQLite's virtual machine may follow; called after each of them."""

    steps_left: int

    @property
    def is_spent(self) -> bool:
        return self.steps_left < 0

    def __call__(self) -> bool:
        self.steps_left -= 1
        return self.is_spent  # a true value interrupts the query


def _limit_sqlite(database: sqlite3.Connection, size: int) -> _StepBudget:
    """Set what bounds the time and the memory that a database takes. https://www.sqlite.org/security.html"""
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_ROW_BYTES)
    # Pages can be linked to each other so that a small file has billions of rows: a true log has a few per kilobyte.
    budget = _StepBudget(MIN_STEPS // STEPS_PER_CALL + size * STEPS_PER_BYTE // STEPS_PER_CALL)
    database.set_progress_handler(budget, STEPS_PER_CALL)
    return budget


def _check_logbot_table(database: sqlite3.Connection) -> None:
    """Refuse a view, a virtual table and computed columns, whose expressions are the author's."""
    kinds = database.execute("SELECT type, rootpage FROM sqlite_master WHERE lower(name) = 'logs'").fetchall()
    # A virtual table has no page.
    if len(kinds) > 1 or any(kind != "table" or not page for kind, page in kinds):
        raise sqlite3.DatabaseError("logs is not an ordinary table")
    hidden = database.execute("SELECT hidden FROM pragma_table_xinfo('logs')").fetchall() if kinds else []
    if any(value for (value,) in hidden):
        raise sqlite3.DatabaseError("logs has computed columns")


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, view: str | None) -> int:
    """Allow reading the columns of a table and coalesce(), and nothing that a view or a trigger causes."""
    is_allowed = view is None and (
        action in {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}
        or (action == sqlite3.SQLITE_FUNCTION and (second or first) == "coalesce")
    )
    return sqlite3.SQLITE_OK if is_allowed else sqlite3.SQLITE_DENY


def _read_logbot_rows(database: sqlite3.Connection) -> Iterator[Row]:
    database.text_factory = lambda text: text.decode("utf-8", "replace")
    rows = database.execute(
        "SELECT coalesce(old_id, id), time, channel, nick, type, text FROM logs ORDER BY channel, time, id"
    )
    for row in rows:
        number, at, channel, nick, kind, text = row
        try:
            moment = datetime.fromtimestamp(at, UTC)
            yield (
                str(channel),
                LogLine(moment, _LOGBOT_KINDS[kind], str(nick), str(text or ""), old=_parse_number(number)),
            )
        except _BAD_ROW_ERRORS:
            yield str(channel), _describe_bad_row("logs", number, row)


def _read_botbot(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            channel = row.get("channel") or row.get("room") or ""
            try:
                yield channel, _parse_botbot_row(row)
            except _BAD_ROW_ERRORS:
                yield channel, _describe_bad_row("row", number, list(row.values()))


def _parse_botbot_row(row: dict[str, Any]) -> LogLine | None:
    command = row.get("command") or "PRIVMSG"
    if command in _STATUS_COMMANDS:
        return None
    kind = _BOTBOT_KINDS[command]
    if (row.get("action") or "").lower() in {"t", "true", "1"}:
        kind = ACTION
    if row["text"] is None:
        raise ValueError(row)
    at = datetime.fromisoformat(row["timestamp"])
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    text, target = ("", row["text"]) if kind == NICK else (row["text"], None)
    return LogLine(at, kind, row["nick"], text, target, old=_parse_number(row.get("id")))


def _describe_bad_row(what: str, number: object, row: Sequence[object]) -> str:
    return " ".join(f"{what} {number}: {row}".split())


def _parse_number(value: object) -> tuple[int, ...] | None:
    number = int(str(value)) if value else 0
    return (number,) if 0 < number <= _MAX_BIGINT else None
