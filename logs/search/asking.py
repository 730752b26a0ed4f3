"""What a search asks the database, within a transaction that ends in time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from time import monotonic
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction

from logs.search import sql

_ROWS = re.compile(r"rows=(\d+)")
_TIMEOUT = "57014"

Conditions = Iterable[sql.Condition]


class Found(NamedTuple):
    """As much of a line as results show."""

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
def asking(seconds: float) -> Iterator[Asking]:
    """TooSlowError once the time is over; holds no lock, writes nothing."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL enable_seqscan = off")
            yield Asking(seconds)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != _TIMEOUT:
            raise
        raise TooSlowError from error


class Asking:
    """Questions about the lines that meet some conditions."""

    def __init__(self, seconds: float) -> None:
        self._deadline = monotonic() + seconds

    def newest(self, conditions: Conditions, count: int) -> list[Found]:
        columns = ", ".join(Found._fields)
        order = f"ORDER BY at DESC, channel_id DESC, id DESC LIMIT {count}"
        return [Found._make(row) for row in self._rows(f"SELECT {columns}", conditions, order)]

    def estimate(self, conditions: Conditions) -> int:
        """How many lines the planner expects; costs no look at the table."""
        plan = self._rows("EXPLAIN SELECT", conditions)[0][0]
        found = _ROWS.search(plan)
        return int(found[1]) if found else 0

    def by_day(self, conditions: Conditions) -> dict[date, int]:
        """How many there are on each day that has any."""
        return dict(self._rows("SELECT (at AT TIME ZONE 'UTC')::date, count(*)", conditions, "GROUP BY 1"))

    def groups(self, conditions: Conditions) -> list[tuple[int, int, str, int]]:
        """Channel, year, nick, and how many there are of these three."""
        columns = "channel_id, extract(year FROM at AT TIME ZONE 'UTC')::integer, nick, count(*)"
        return self._rows(f"SELECT {columns}", conditions, "GROUP BY 1, 2, 3")

    def ends(self, channels: list[int]) -> tuple[date, date] | None:
        """The first and the last day with lines."""
        first, last = self.execute(
            """SELECT min(first AT TIME ZONE 'UTC')::date, max(last AT TIME ZONE 'UTC')::date
               FROM unnest(%s) AS channel(id), LATERAL (SELECT
                (SELECT at FROM logs_line WHERE channel_id = channel.id ORDER BY at LIMIT 1) AS first,
                (SELECT at FROM logs_line WHERE channel_id = channel.id ORDER BY at DESC LIMIT 1) AS last) AS ends""",
            [channels],
        )[0]
        return (first, last) if first else None

    def _rows(self, select: str, conditions: Conditions, rest: str = "") -> list[Any]:
        clause, params = sql.where(conditions)
        return self.execute(f"{select} FROM logs_line{clause} {rest}", params)

    def execute(self, statement: str, params: list[Any]) -> list[Any]:
        """The rows of any statement, in what is left of the time."""
        left = max(1, round((self._deadline - monotonic()) * 1000))
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {left}; {statement}", params)
            rows: list[Any] = cursor.fetchall()
        return rows
