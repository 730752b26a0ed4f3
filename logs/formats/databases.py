"""Databases of other sites and clients, which hold many channels: SQLite files, and BotBot's table as CSV.

Each channel is extracted into a file of JSON Lines, in a folder named like its network if the database names that.

logbot: `logs(id, old_id, time, channel, nick, type, text)`; a line's address has old_id or else id.
BotBot: a CSV with a header that names channel, timestamp, nick, text, and perhaps command, action and id.
The Lounge and Quassel: see thelounge.py and quassel.py.

A row that cannot be converted is written as text that is no JSON, so that the import counts and reports it.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

from logs.formats import log_format as kinds
from logs.formats import quassel, thelounge
from logs.formats.channel_files import BAD_ROW_ERRORS, Row, describe_bad_row, write_rows
from logs.formats.log_format import LogLine
from logs.formats.numbered_lines import UnreadableError
from logs.formats.sqlite_files import SQLITE_MAGIC, allow_tables, list_tables, open_database

_LOGBOT_KINDS = {0: kinds.MESSAGE, 1: kinds.ACTION, 2: kinds.NOTICE}
_BOTBOT_KINDS = {
    "PRIVMSG": kinds.MESSAGE,
    "ACTION": kinds.ACTION,
    "NOTICE": kinds.NOTICE,
    "JOIN": kinds.JOIN,
    "PART": kinds.PART,
    "QUIT": kinds.QUIT,
    "NICK": kinds.NICK,
    "KICK": kinds.KICK,
    "MODE": kinds.MODE,
    "TOPIC": kinds.TOPIC,
}
_STATUS_COMMANDS = {"SHUTDOWN", "STARTUP", "VERSION", "PING", "PONG"}
"""Rows about the bot itself, which are skipped."""

_REQUIRED_COLUMNS = {"timestamp", "nick", "text"}
_MAX_BIGINT = 2**63 - 1


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
    with path.open("rb") as file:
        read = _read_sqlite if file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC else _read_botbot
    try:
        write_rows(read(path), folder, max_channels, max_bytes)
    except (sqlite3.Error, csv.Error, UnreadableError) as error:
        raise UnreadableError(f"{path}: {error}") from error


def _read_sqlite(path: Path) -> Iterator[Row]:
    with open_database(path) as database:
        tables = list_tables(database)
        if tables >= {"backlog", "buffer", "sender", "network"}:
            yield from quassel.read_rows(database)
        elif "messages" in tables and "logs" not in tables:
            yield from thelounge.read_rows(database)
        else:
            yield from _read_logbot(database)


def _read_logbot(database: sqlite3.Connection) -> Iterator[Row]:
    allow_tables(database, ["logs"])
    rows = database.execute(
        "SELECT coalesce(old_id, id), time, channel, nick, type, text FROM logs ORDER BY channel, time, id"
    )
    for row in rows:
        number, at, channel, nick, kind, text = row
        try:
            moment = datetime.fromtimestamp(at, UTC)
            if not nick:
                raise ValueError(row)
            yield Row(
                str(channel),
                LogLine(moment, _LOGBOT_KINDS[kind], str(nick), str(text or ""), old=_parse_number(number)),
            )
        except BAD_ROW_ERRORS:
            yield Row(str(channel), describe_bad_row("logs", number, row))


def _read_botbot(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            channel = row.get("channel") or row.get("room") or ""
            try:
                yield Row(channel, _parse_botbot_row(row))
            except BAD_ROW_ERRORS:
                yield Row(channel, describe_bad_row("row", number, list(row.values())))


def _parse_botbot_row(row: dict[str, Any]) -> LogLine | None:
    command = row.get("command") or "PRIVMSG"
    if command in _STATUS_COMMANDS:
        return None
    kind = _BOTBOT_KINDS[command]
    if (row.get("action") or "").lower() in {"t", "true", "1"}:
        kind = kinds.ACTION
    if row["text"] is None:
        raise ValueError(row)
    at = datetime.fromisoformat(row["timestamp"])
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    text, target = ("", row["text"]) if kind == kinds.NICK else (row["text"], None)
    return LogLine(at, kind, row["nick"], text, target, old=_parse_number(row.get("id")))


def _parse_number(value: object) -> tuple[int, ...] | None:
    number = int(str(value)) if value else 0
    return (number,) if 0 < number <= _MAX_BIGINT else None
