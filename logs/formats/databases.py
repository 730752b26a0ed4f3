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
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

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
from logs.formats.numbered_lines import UnreadableError

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
_BAD_ROW_ERRORS = (ValueError, KeyError, TypeError, OverflowError, OSError, AttributeError)

Row = tuple[str, LogLine | str | None]
"""A channel and one of its lines: parsed, or as text if the row is invalid; None if it is skipped."""


def is_database(path: Path, start: bytes) -> bool:
    """Whether a file that starts with these bytes is such a database."""
    if start.startswith(SQLITE_MAGIC):
        return True
    header = set(start.split(b"\n", 1)[0].decode("utf-8", "replace").strip().replace('"', "").split(","))
    return path.suffix == ".csv" and header >= _REQUIRED_COLUMNS and bool(header & {"channel", "room"})


def extract_channels(path: Path, folder: Path) -> None:
    """Write a file for each channel of a database. UnreadableError when it is damaged or has other columns."""
    folder.mkdir(parents=True)
    with path.open("rb") as file:
        read = _read_logbot if file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC else _read_botbot
    try:
        with ExitStack() as stack:
            files: dict[str, TextIO] = {}
            for channel, line in read(path):
                # All files stay open: rows of CSV are ordered by time, not by channel.
                if channel not in files:
                    name = channel_file_name(channel if channel[:1] in {"#", "&", "+", "!"} else f"#{channel}")
                    files[channel] = stack.enter_context((folder / f"{name}.jsonl").open("w", encoding="utf-8"))
                files[channel].writelines(f"{text}\n" for text in _encode_row(line))
    except (sqlite3.Error, csv.Error) as error:
        raise UnreadableError(f"{path}: {error}") from error


def _encode_row(line: LogLine | str | None) -> Iterator[str]:
    if isinstance(line, LogLine):
        yield from jsonl.write([line], WriteOptions(""))
    elif line:
        yield line


def _read_logbot(path: Path) -> Iterator[Row]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
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
