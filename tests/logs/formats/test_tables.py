"""Tables of other sites: every channel a log, with the ids of its lines' addresses."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logs.formats.files import found
from logs.formats.jsonl import JSONL
from logs.formats.line import ACTION, JOIN, MESSAGE, NICK, NOTICE, Line, Source
from logs.formats.reading import UnreadableError

AT = datetime(2014, 3, 1, 12, 0, 0, 250000, tzinfo=UTC)


def read(path: Path) -> dict[str, list[object]]:
    with found([path]) as files:
        return {file.shown.name: list(JSONL.parse(file.lines(), Source())) for file in files}


def logbot(path: Path, *rows: tuple[object, ...]) -> Path:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE logs (id INTEGER PRIMARY KEY, old_id INTEGER, time REAL, channel, nick, type, text)"
        )
        database.executemany("INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    return path


def test_logbot(tmp_path: Path) -> None:
    path = logbot(
        tmp_path / "logs.sqlite",
        (7, None, AT.timestamp() + 1, "#a", "ada", 1, "waves"),
        (8, 3, AT.timestamp(), "#a", "ada", 0, "hi"),
        (9, None, AT.timestamp(), "#b/c", "bob", 2, None),
    )
    assert read(path) == {
        "#a.jsonl": [
            Line(AT, MESSAGE, "ada", "hi", id=3),
            Line(AT.replace(second=1), ACTION, "ada", "waves", id=7),
        ],
        "#b%2Fc.jsonl": [Line(AT, NOTICE, "bob", "", id=9)],
    }


def test_botbot(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "id,bot,channel,timestamp,nick,text,action,command\n"
        '4,1,#a,2014-03-01 12:00:00.25+00,ada,"two\nlines, quoted",f,PRIVMSG\n'
        "5,1,#a,2014-03-01 12:00:00.25,ada,waves,t,PRIVMSG\n"
        "6,1,#a,2014-03-01T13:00:00.25+01:00,ada,eve,f,NICK\n"
        "7,1,b,2014-03-01 12:00:00.25,eve,,f,JOIN\n"
    )
    assert read(path) == {
        "#a.jsonl": [
            Line(AT, MESSAGE, "ada", "two\nlines, quoted", id=4),
            Line(AT, ACTION, "ada", "waves", id=5),
            Line(AT, NICK, "ada", "", "eve", id=6),
        ],
        "#b.jsonl": [Line(AT, JOIN, "eve", "", id=7)],
    }


@pytest.mark.parametrize(
    "row",
    [
        (7, None, "noon", "#a", "ada", 1, "waves"),
        (7, None, 1e20, "#a", "ada", 1, "waves"),
        (7, None, 1.0, "#a", "ada", 5, "waves"),
        (7, None, 1.0, None, "ada", 1, "waves"),
    ],
)
def test_a_table_with_something_else_in_it_cannot_be_read(tmp_path: Path, row: tuple[object, ...]) -> None:
    with pytest.raises(UnreadableError, match="logs"):
        read(logbot(tmp_path / "logs.sqlite", row))


def test_other_tables_cannot_be_read(tmp_path: Path) -> None:
    other = tmp_path / "logs.sqlite"
    with closing(sqlite3.connect(other)) as database, database:
        database.execute("CREATE TABLE sheep (name)")
    with pytest.raises(UnreadableError, match="no such table: logs"):
        read(other)
    other.write_bytes(other.read_bytes()[:100] + b"junk" * 2000)
    with pytest.raises(UnreadableError, match=r"logs\.sqlite: "):
        read(other)
    (tmp_path / "log.csv").write_text("channel,timestamp,nick,text,command\n#a,yesterday,ada,hi,PRIVMSG\n")
    with pytest.raises(UnreadableError, match="yesterday"):
        read(tmp_path / "log.csv")
