"""Open a stranger's SQLite file so that nothing in it runs and reading it has bounds. https://www.sqlite.org/security.html

It is opened read-only; only ordinary tables without computed columns are read, no view or trigger; memory and steps of
SQLite's virtual machine are limited.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from logs.formats.numbered_lines import UnreadableError

SQLITE_MAGIC = b"SQLite format 3\0"

MAX_ROW_BYTES = 1_000_000
"""The longest value and row that SQLite may make of a database."""

MIN_STEPS, STEPS_PER_BYTE, STEPS_PER_CALL = 1_000_000, 20, 1000
"""Steps of SQLite's virtual machine that are enough: a row takes about 70 and is at least 30 bytes long."""


@contextmanager
def open_database(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection without rights: call `allow_tables` before the first query. UnreadableError when steps run out."""
    # Immutable: no journal beside it is read, and nothing is locked.
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        budget = _limit(database, path.stat().st_size)
        database.text_factory = lambda text: text.decode("utf-8", "replace")
        try:
            yield database
        except sqlite3.Error:
            if budget.is_exhausted:
                raise UnreadableError("Reading it takes more steps than a log needs.") from None
            raise


def list_tables(database: sqlite3.Connection) -> set[str]:
    """The names of the tables, in lower case."""
    return {str(name).lower() for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def list_columns(database: sqlite3.Connection, table: str) -> set[str]:
    """The names of a table's columns."""
    return {str(row[0]) for row in database.execute("SELECT name FROM pragma_table_xinfo(?)", [table])}


def allow_tables(database: sqlite3.Connection, tables: Sequence[str]) -> None:
    """Allow to read these tables and nothing else; sqlite3.DatabaseError if one is more than a table."""
    for table in tables:
        _check_table(database, table)
    database.set_authorizer(_authorize)


@dataclass(slots=True)
class _StepBudget:
    """How many thousand steps of SQLite's virtual machine may follow; called after each of them."""

    steps_left: int

    @property
    def is_exhausted(self) -> bool:
        return self.steps_left < 0

    def __call__(self) -> bool:
        self.steps_left -= 1
        return self.is_exhausted  # a true value interrupts the query


def _limit(database: sqlite3.Connection, size: int) -> _StepBudget:
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_ROW_BYTES)
    # Pages can be linked to each other so that a small file has billions of rows: a true log has a few per kilobyte.
    budget = _StepBudget(MIN_STEPS // STEPS_PER_CALL + size * STEPS_PER_BYTE // STEPS_PER_CALL)
    database.set_progress_handler(budget, STEPS_PER_CALL)
    return budget


def _check_table(database: sqlite3.Connection, name: str) -> None:
    """Refuse a view, a virtual table and computed columns, whose expressions are the author's."""
    kinds = database.execute("SELECT type, rootpage FROM sqlite_master WHERE lower(name) = ?", [name]).fetchall()
    # A virtual table has no page.
    if len(kinds) > 1 or any(kind != "table" or not page for kind, page in kinds):
        raise sqlite3.DatabaseError(f"{name} is not an ordinary table")
    hidden = database.execute("SELECT hidden FROM pragma_table_xinfo(?)", [name]).fetchall() if kinds else []
    if any(value for (value,) in hidden):
        raise sqlite3.DatabaseError(f"{name} has computed columns")


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, view: str | None) -> int:
    """Allow reading the columns of a table and coalesce(), and nothing that a view or a trigger causes."""
    is_allowed = view is None and (
        action in {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}
        or (action == sqlite3.SQLITE_FUNCTION and (second or first) == "coalesce")
    )
    return sqlite3.SQLITE_OK if is_allowed else sqlite3.SQLITE_DENY
