"""Run the statements of a search: each within what is left of its time, and planned once in each connection.

Behind a pooler in transaction mode they are planned each time: the next transaction may be in another session, which
does not know what this one has prepared.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, datetime
from itertools import count
from time import monotonic
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import OperationalError, connection, transaction

from logs.search import sql

_QUERY_CANCELED = "57014"

# Sent with the statement, so that a search costs one round trip; they hold until its transaction ends. A sequential
# scan is never right here, but PostgreSQL may take it for the cheapest plan where its estimates are off by a thousand.
_SETTINGS = (
    "SET LOCAL work_mem = '64MB'; SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan;"
    " SET LOCAL statement_timeout = {}; "
)

MAX_PREPARED = 64
"""Prepared statements of a connection; those used longest ago go first."""

_statement_numbers = count(1)
_prepared: WeakKeyDictionary[Any, OrderedDict[str, str]] = WeakKeyDictionary()
"""By connection: the name of each statement that is prepared in it."""


class FoundLine(NamedTuple):
    """A line as results show it."""

    channel_id: int
    id: int
    at: datetime
    kind: int
    nick: str
    text: str
    target: str | None


class TooSlowError(Exception):
    """A search did not end in time."""


@contextmanager
def open_session(seconds: float) -> Iterator[SearchSession]:
    """Statements within this block share a deadline; TooSlowError when it has passed.

    Each statement is a transaction of its own that reads only.
    """
    try:
        # Within a transaction of the caller (tests) a timeout must not break that one: a savepoint ends here.
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            yield SearchSession(seconds)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != _QUERY_CANCELED:
            raise
        raise TooSlowError from error


class SearchSession:
    """Runs the statements of one search until its deadline."""

    def __init__(self, seconds: float) -> None:
        self._deadline = monotonic() + seconds

    def fetch_first(self, conditions: Iterable[sql.Condition], limit: int, *, oldest: bool) -> list[FoundLine]:
        """The newest lines, or the oldest ones, in the order of results."""
        where, params = sql.where(conditions)
        order = "at, channel_id, id" if oldest else "at DESC, channel_id DESC, id DESC"
        rows = self.execute(
            f"SELECT {', '.join(FoundLine._fields)} FROM logs_line{where}"  # noqa: S608  (constants and placeholders)
            f" ORDER BY {order} LIMIT %s",
            [*params, limit],
        )
        return [FoundLine._make(row) for row in rows]

    def count_by_place(self, conditions: Iterable[sql.Condition]) -> list[tuple[int, date, str, int]]:
        """Channel, day, nick, and the number of lines of these three, in an order that does not depend on the plan."""
        where, params = sql.where(conditions)
        return self.execute(
            "SELECT channel_id, (at AT TIME ZONE 'UTC')::date, nick, count(*)"  # noqa: S608
            f" FROM logs_line{where} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            params,
        )

    def execute(self, statement: str, params: list[Any]) -> list[Any]:
        """The rows of a statement with `%s` for each parameter, whose types have to be clear without the values, and
        `%%` for a percent sign."""
        milliseconds = max(1, round((self._deadline - monotonic()) * 1000))
        settings = _SETTINGS.format(milliseconds)
        with connection.cursor() as cursor:
            if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):  # Django's word for such a pooler
                cursor.execute(settings + statement, params)
                return list(cursor.fetchall())
            names = _prepared.setdefault(connection.connection, OrderedDict())
            if statement not in names:
                name = f"search_{next(_statement_numbers)}"
                cursor.execute(f"{settings}PREPARE {name} AS {_numbered(statement)}")
                names[statement] = name
                if len(names) > MAX_PREPARED:
                    cursor.execute(f"DEALLOCATE {names.popitem(last=False)[1]}")
            names.move_to_end(statement)
            arguments = f" ({', '.join(['%s'] * len(params))})" if params else ""
            cursor.execute(f"{settings}EXECUTE {names[statement]}{arguments}", params)
            rows: list[Any] = cursor.fetchall()
        return rows


def _numbered(statement: str) -> str:
    """A statement with `$1`, `$2` ... instead of each `%s`, as PREPARE expects it."""
    numbers = count(1)

    def number(found: re.Match[str]) -> str:
        if found[0] == "%s":
            return f"${next(numbers)}"
        if found[0] != "%%":  # psycopg2, which gets it behind a pooler, would take it for a parameter
            raise ValueError(f"Write %% for a percent sign: {statement}")
        return "%"

    return re.sub("%.?", number, statement, flags=re.DOTALL)
