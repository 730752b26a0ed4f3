"""What else could search: each is given the same words and answers with the newest lines."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.search_queries import SAID, Question
from logs.text.words import split_words

RESULT_COUNT = 51
ReadMessages = Callable[[], Iterator["Row"]]


class Row(NamedTuple):
    number: int
    channel: str
    nick: str
    text: str


def rows(connection: Any) -> Iterator[Row]:
    """All that is said, in the order of time, numbered."""
    with connection, connection.cursor("rows") as cursor:
        cursor.itersize = 20_000
        cursor.execute(
            "SELECT row_number() OVER (ORDER BY at, channel_id, logs_line.id), name, nick, text"
            " FROM logs_line JOIN logs_channel ON logs_channel.id = channel_id WHERE kind = ANY(%s) ORDER BY 1",
            [sorted(SAID)],
        )
        for row in cursor:
            yield Row(*row)


class Plain:
    """PostgreSQL with one GIN over the words, and whatever its planner makes of that."""

    name = "one GIN, the planner's choice"
    INDEX = "CREATE INDEX plain ON logs_line USING gin (logs_lexemes(text, kind))"
    USED = "UPDATE pg_index SET indisvalid = %s WHERE indexrelid = %s::regclass"
    QUERY = (
        "SELECT channel_id, id FROM logs_line WHERE logs_lexemes(text, kind) @@ {query}"
        " {where} ORDER BY at DESC, channel_id DESC, id DESC LIMIT 51"
    )

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        with connection, connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '512MB'")
            cursor.execute("SELECT to_regclass('plain')")
            if cursor.fetchone() == (None,):
                cursor.execute(self.INDEX)
                cursor.execute("ANALYZE logs_line")
                cursor.execute(self.USED, [False, "plain"])
            cursor.execute("SELECT name, id FROM logs_channel")
            self.channels = dict(cursor.fetchall())
            cursor.execute("SELECT pg_relation_size('plain')")
            self.bytes = cursor.fetchone()[0]

    @contextmanager
    def only_its_index(self) -> Iterator[None]:
        """Meanwhile the planner knows this index and not the one of BotBot; otherwise it is the other way round."""
        self._choose("plain", "line_search")
        try:
            yield
        finally:
            self._choose("line_search", "plain")

    def _choose(self, index: str, other: str) -> None:
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(self.USED, [True, index])
            cursor.execute(self.USED, [False, other])

    def expected_rows(self, question: Question) -> list[tuple[int, int]]:
        """The same by fetching and sorting all that match, which takes less luck."""
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute("SET enable_indexscan = off; SET enable_seqscan = off")
        return self.search(question)[:50]

    def search(self, question: Question) -> list[tuple[int, int]]:
        words = " ".join(question.words)
        query = "phraseto_tsquery('simple', %s)" if question.phrase else "plainto_tsquery('simple', %s)"
        params: list[object] = [words]
        if question.prefix:
            query, params = "to_tsquery('simple', %s)", [f"{words}:*"]
        conditions = ""
        if question.channel:
            conditions += " AND channel_id = %s"
            params.append(self.channels[question.channel])
        if question.nick:
            conditions += " AND logs_nick(nick) = logs_nick(%s)"
            params.append(question.nick)
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(self.QUERY.format(query=query, where=conditions), params)
            return list(cursor.fetchall())


class Sqlite:
    """SQLite's FTS5 without the texts, in time's order by row number; channel and nick are words of a second column."""

    name = "SQLite FTS5"

    def __init__(self, folder: Path, messages: ReadMessages) -> None:
        path = folder / "fts.sqlite"
        if not path.exists():
            self._make(path.with_suffix(".new"), messages())
            path.with_suffix(".new").rename(path)
        self.database = sqlite3.connect(path)
        self.bytes = path.stat().st_size

    def _make(self, path: Path, messages: Iterator[Row]) -> None:
        path.unlink(missing_ok=True)
        database = sqlite3.connect(path)
        database.execute("PRAGMA journal_mode = off")
        database.execute("CREATE VIRTUAL TABLE line USING fts5(text, place, content='')")
        database.executemany(
            "INSERT INTO line (rowid, text, place) VALUES (?, ?, ?)",
            (
                (row.number, " ".join(split_words(row.text)), f"{_token(row.channel)} {_token(row.nick)}")
                for row in messages
            ),
        )
        database.execute("INSERT INTO line (line) VALUES ('optimize')")
        database.commit()
        database.close()

    def search(self, question: Question) -> list[int]:
        words = [" ".join(question.words)] if question.phrase else question.words
        terms = [f'text : "{word}"{"*" if question.prefix else ""}' for word in words]
        terms += [f"place : {_token(name)}" for name in (question.channel, question.nick) if name]
        query = "SELECT rowid FROM line WHERE line MATCH ? ORDER BY rowid DESC LIMIT ?"
        return [number for (number,) in self.database.execute(query, [" AND ".join(terms), RESULT_COUNT])]


class Tantivy:
    """The engine behind Quickwit, in this process: sorted by a fast field, not counting."""

    name = "tantivy"

    def __init__(self, folder: Path, messages: ReadMessages) -> None:
        import tantivy

        self.tantivy = tantivy
        path = folder / "tantivy"
        builder = tantivy.SchemaBuilder()
        for field, tokenizer, index in (
            ("text", "whitespace", "position"),
            ("channel", "raw", "basic"),
            ("nick", "raw", "basic"),
        ):
            builder.add_text_field(field, tokenizer_name=tokenizer, index_option=index)
        builder.add_integer_field("number", fast=True)
        self.schema = builder.build()
        if not path.exists():
            self._make(_emptied(path.with_suffix(".new")), messages())
            path.with_suffix(".new").rename(path)
        self.searcher = tantivy.Index(self.schema, path=str(path)).searcher()
        self.bytes = sum(file.stat().st_size for file in path.iterdir())

    def _make(self, path: Path, messages: Iterator[Row]) -> None:
        index = self.tantivy.Index(self.schema, path=str(path))
        writer = index.writer(300_000_000, 2)
        for row in messages:
            nick = row.nick.lower()
            words = " ".join(split_words(row.text))
            writer.add_document(self.tantivy.Document(text=words, channel=row.channel, nick=nick, number=row.number))
        writer.commit()
        writer.wait_merging_threads()

    def search(self, question: Question) -> list[int]:
        query, occur = self.tantivy.Query, self.tantivy.Occur.Must
        if question.phrase:
            parts = [query.phrase_query(self.schema, "text", list(question.words))]
        elif question.prefix:
            parts = [query.regex_query(self.schema, "text", re.escape(question.words[0]) + ".*")]
        else:
            parts = [query.term_query(self.schema, "text", word) for word in question.words]
        if question.channel:
            parts.append(query.term_query(self.schema, "channel", question.channel))
        if question.nick:
            parts.append(query.term_query(self.schema, "nick", question.nick.lower()))
        conjunction = query.boolean_query([(occur, part) for part in parts])
        found = self.searcher.search(conjunction, RESULT_COUNT, count=False, order_by_field="number").hits
        return [number for number, _ in found]


class Grep:
    """Ripgrep over one text file for each channel; its lines are left in the order of the file, unsorted."""

    name = "ripgrep over text files"

    def __init__(self, folder: Path, messages: ReadMessages) -> None:
        self.folder = folder / "text"
        if not self.folder.exists():
            self._make(_emptied(self.folder.with_suffix(".new")), messages())
            self.folder.with_suffix(".new").rename(self.folder)
        self.bytes = sum(file.stat().st_size for file in self.folder.iterdir())

    def _make(self, folder: Path, messages: Iterator[Row]) -> None:
        files: dict[str, Any] = {}
        for row in messages:
            if row.channel not in files:
                files[row.channel] = (folder / _token(row.channel)).open("w", encoding="utf-8", newline="\n")
            text = row.text.replace("\r", " ").replace("\n", " ")
            files[row.channel].write(f"{row.number} <{row.nick}> {text}\n")
        for file in files.values():
            file.close()

    def search(self, question: Question) -> int:
        nick = rf"^\d+ <{re.escape(question.nick)}> .*" if question.nick else ""
        words = (r"\W+" if question.phrase else ".*").join(re.escape(word) for word in question.words)
        pattern = rf"{nick}\b{words}" + ("" if question.prefix else r"\b")
        path = self.folder / _token(question.channel) if question.channel else self.folder
        done = subprocess.run(["rg", "-i", "--no-filename", pattern, str(path)], capture_output=True, check=False)
        return done.stdout.count(b"\n")


def _token(name: str) -> str:
    """A name as one word for any tokenizer."""
    return "x" + name.lower().encode().hex()


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


CONTESTANTS: dict[str, Callable[[Path, ReadMessages], Any]] = {"sqlite": Sqlite, "tantivy": Tantivy, "grep": Grep}
