"""Tables of sites that kept many channels in one: logbot's SQLite, BotBot's as CSV. Each channel becomes JSON Lines.

logbot: `logs(id, old_id, time, channel, nick, type, text)`; a line's address has old_id or else id.
BotBot: a CSV with a header that names channel, timestamp, nick, text, command and perhaps action and id.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from logs.formats import jsonl
from logs.formats.line import ACTION, JOIN, KICK, MESSAGE, MODE, NICK, NOTICE, PART, QUIT, TOPIC, Line, Writing
from logs.formats.names import file_name
from logs.formats.reading import UnreadableError

SQLITE = b"SQLite format 3\0"

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
_NEEDED = {"channel", "timestamp", "nick", "text", "command"}
_LARGEST = 2**31 - 1


def is_table(path: Path, start: bytes) -> bool:
    """Whether a file that begins like this is such a table."""
    header = start.split(b"\n", 1)[0].decode("utf-8", "replace").strip().replace('"', "")
    return start.startswith(SQLITE) or (path.suffix == ".csv" and set(header.split(",")) >= _NEEDED)


def unpack(path: Path, folder: Path) -> None:
    """Writes a file for each channel of a table. UnreadableError when it is damaged, or not what it seems."""
    folder.mkdir(parents=True)
    with path.open("rb") as file:
        read = _logbot if file.read(len(SQLITE)) == SQLITE else _botbot
    try:
        with ExitStack() as stack:
            files: dict[str, TextIO] = {}
            for channel, line in read(path):
                if channel not in files:
                    name = file_name(channel if channel[:1] in {"#", "&", "+", "!"} else f"#{channel}")
                    files[channel] = stack.enter_context((folder / f"{name}.jsonl").open("w", encoding="utf-8"))
                files[channel].writelines(f"{told}\n" for told in jsonl.write([line], Writing(channel)))
    except (sqlite3.Error, csv.Error, ValueError, KeyError, TypeError, OverflowError) as error:
        raise UnreadableError(f"{path}: {error}") from error


def _logbot(path: Path) -> Iterator[tuple[str, Line]]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        database.text_factory = lambda text: text.decode("utf-8", "replace")
        rows = database.execute(
            "SELECT coalesce(old_id, id), time, channel, nick, type, text FROM logs ORDER BY channel, time, id"
        )
        for number, at, channel, nick, kind, text in rows:
            moment = datetime.fromtimestamp(at, UTC)
            yield channel, Line(moment, _LOGBOT_KINDS[kind], nick, text or "", id=_number(number))


def _botbot(path: Path) -> Iterator[tuple[str, Line]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.DictReader(file):
            kind = ACTION if row.get("action", "").lower() in {"t", "true", "1"} else _BOTBOT_KINDS[row["command"]]
            at = datetime.fromisoformat(row["timestamp"])
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
            text, target = ("", row["text"]) if kind == NICK else (row["text"], None)
            yield row["channel"], Line(at, kind, row["nick"], text, target, id=_number(row.get("id")))


def _number(told: object) -> int | None:
    number = int(str(told)) if told else 0
    return number if 0 < number <= _LARGEST else None
