"""Tables of other sites: every channel a log, with the ids of its lines' addresses."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logs.formats import sqlite_files
from logs.formats.jsonl import JSONL
from logs.formats.log_files import open_log_files
from logs.formats.log_format import ACTION, JOIN, MESSAGE, NICK, NOTICE, LogLine, ParseContext, UnparsedLine
from logs.formats.numbered_lines import UnreadableError

AT = datetime(2014, 3, 1, 12, 0, 0, 250000, tzinfo=UTC)


def read(path: Path) -> dict[str, list[object]]:
    with open_log_files([path]) as files:
        return {file.display_path.name: list(JSONL.parse(file.lines(), ParseContext())) for file in files}


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
            LogLine(AT, MESSAGE, "ada", "hi", old=(3,)),
            LogLine(AT.replace(second=1), ACTION, "ada", "waves", old=(7,)),
        ],
        "#b%2Fc.jsonl": [LogLine(AT, NOTICE, "bob", "", old=(9,))],
    }


def test_an_export_of_the_former_botbot_is_read(tmp_path: Path) -> None:
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
            LogLine(AT, MESSAGE, "ada", "two\nlines, quoted", old=(4,)),
            LogLine(AT, ACTION, "ada", "waves", old=(5,)),
            LogLine(AT, NICK, "ada", "", "eve", old=(6,)),
        ],
        "#b.jsonl": [LogLine(AT, JOIN, "eve", "", old=(7,))],
    }


@pytest.mark.parametrize(
    "row",
    [
        (7, None, "noon", "#a", "ada", 1, "waves"),
        (7, None, 1e20, "#a", "ada", 1, "waves"),
        (7, None, 1.0, "#a", "ada", 5, "waves"),
        (7, None, None, "#a", "ada", 1, "waves"),
        (7, None, 1.0, "#a", None, 1, "waves"),
    ],
)
def test_a_row_that_is_no_line_is_reported_and_the_others_are_read(tmp_path: Path, row: tuple[object, ...]) -> None:
    path = logbot(tmp_path / "logs.sqlite", row, (8, None, AT.timestamp(), "#a", "ada", 0, "hi"))
    unparsed, line = sorted(read(path)["#a.jsonl"], key=lambda item: isinstance(item, LogLine))
    assert isinstance(unparsed, UnparsedLine)
    assert unparsed.text.startswith("logs 7: (7, ")
    assert line == LogLine(AT, MESSAGE, "ada", "hi", old=(8,))


def test_what_the_bot_noted_of_itself_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "room,timestamp,nick,text,command\n"
        "#a,2014-03-01 12:00:00.25,,,SHUTDOWN\n"
        "#a,2014-03-01 12:00:00.25,ada,hi,\n"
        "#a,2014-03-01 12:00:00.25,ada,hi,SHOUT\n"
        "#a,2014-03-01 12:00:00.25,ada\n"
    )
    line, *others = read(path)["#a.jsonl"]
    assert line == LogLine(AT, MESSAGE, "ada", "hi")
    assert [isinstance(other, UnparsedLine) and other.text[:6] for other in others] == ["row 3:", "row 4:"]


def test_other_tables_cannot_be_read(tmp_path: Path) -> None:
    other = tmp_path / "logs.sqlite"
    with closing(sqlite3.connect(other)) as database, database:
        database.execute("CREATE TABLE sheep (name)")
    with pytest.raises(UnreadableError, match="no such table: logs"):
        read(other)
    other.write_bytes(other.read_bytes()[:100] + b"junk" * 2000)
    with pytest.raises(UnreadableError, match=r"logs\.sqlite: "):
        read(other)


def test_reading_that_takes_more_steps_than_a_log_needs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = logbot(tmp_path / "logs.sqlite", *[(n, None, AT.timestamp(), "#a", "ada", 0, "hi") for n in range(1, 500)])
    assert len(read(path)["#a.jsonl"]) == 499
    monkeypatch.setattr(sqlite_files, "MIN_STEPS", 5000)
    monkeypatch.setattr(sqlite_files, "STEPS_PER_BYTE", 0)
    with pytest.raises(UnreadableError, match=r"logs\.sqlite: Reading it takes more steps than a log needs\."):
        read(path)


@pytest.mark.parametrize("view", ["SELECT * FROM real", "WITH RECURSIVE c(x) AS (VALUES (1)) SELECT x FROM c"])
def test_a_view_is_refused_whatever_the_schema_calls_it(tmp_path: Path, view: str) -> None:
    path = tmp_path / "logs.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE real (id, old_id, time, channel, nick, type, text)")
        database.execute(f"CREATE VIEW logs AS {view}")
        database.execute("PRAGMA writable_schema = ON")
        database.execute("UPDATE sqlite_master SET type = 'table', rootpage = 2 WHERE name = 'logs'")
    with pytest.raises(UnreadableError):
        read(path)
