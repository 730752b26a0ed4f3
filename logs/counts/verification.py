"""Comparing the counts with the lines, and repairing them. Triggers maintain the counts; this checks them."""

# ruff: noqa: S608  (names of tables and columns stand in this file)

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection, transaction

from logs.models.line_counts import lock_counters


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of counts: its key besides the channel, its count columns, and a query that recounts a channel."""

    name: str
    key: tuple[str, ...]
    counts: tuple[str, ...]
    recount: str


_SAID = "channel_id = %(channel)s AND kind IN (1, 2, 3)"
_YEAR = "extract(year FROM at AT TIME ZONE 'UTC')::smallint"

TABLES: tuple[_Table, ...] = (
    _Table(
        "logs_daycount",
        ("day",),
        ("lines", "said"),
        "SELECT (at AT TIME ZONE 'UTC')::date AS day, count(*)::integer AS lines,"
        " count(*) FILTER (WHERE kind IN (1, 2, 3))::integer AS said"
        " FROM logs_line WHERE channel_id = %(channel)s GROUP BY 1",
    ),
    _Table(
        "logs_hourcount",
        ("year", "hour"),
        ("said",),
        f"SELECT {_YEAR} AS year, logs_hour_of_week(at) AS hour, count(*)::integer AS said"
        f" FROM logs_line WHERE {_SAID} GROUP BY 1, 2",
    ),
    _Table(
        "logs_nickcount",
        ("year", "nick"),
        ("said",),
        f"SELECT counted.year, nick, sum(said)::integer AS said"
        f" FROM (SELECT {_YEAR} AS year, left(nick, 400) AS nick, count(*) AS said"
        f" FROM logs_line WHERE {_SAID} GROUP BY 1, 2) AS by_year"
        " CROSS JOIN LATERAL (VALUES (by_year.year), (0::smallint)) AS counted(year) GROUP BY 1, 2",
    ),
)


_IN_PERIODS = """
    FROM logs_line AS line JOIN logs_closedrange AS part ON part.channel_id = line.channel_id
        AND line.id >= part.first AND (part.last IS NULL OR line.id <= part.last)
    WHERE line.channel_id = %(channel)s
"""
TABLES += (
    _Table(
        "logs_closeddaycount",
        ("period_id", "day"),
        ("lines", "said"),
        "SELECT period_id, (at AT TIME ZONE 'UTC')::date AS day, count(*)::integer AS lines,"
        f" count(*) FILTER (WHERE kind IN (1, 2, 3))::integer AS said {_IN_PERIODS} GROUP BY 1, 2",
    ),
    _Table(
        "logs_closedhourcount",
        ("period_id", "year", "hour"),
        ("said",),
        f"SELECT period_id, {_YEAR} AS year, logs_hour_of_week(at) AS hour, count(*)::integer AS said {_IN_PERIODS}"
        " AND kind IN (1, 2, 3) GROUP BY 1, 2, 3",
    ),
    _Table(
        "logs_closednickcount",
        ("period_id", "year", "nick"),
        ("said",),
        f"SELECT period_id, counted.year, nick, sum(said)::integer AS said"
        f" FROM (SELECT period_id, {_YEAR} AS year, left(nick, 400) AS nick, count(*) AS said {_IN_PERIODS}"
        " AND kind IN (1, 2, 3) GROUP BY 1, 2, 3) AS by_year"
        " CROSS JOIN LATERAL (VALUES (by_year.year), (0::smallint)) AS counted(year) GROUP BY 1, 2, 3",
    ),
)
"""What closed periods have of these counts comes last: it is compared with the same lines."""


_SUMS = """
    SELECT count(*)::integer AS lines, count(*) FILTER (WHERE kind IN (1, 2, 3))::integer AS said, max(at) AS last_at
    FROM logs_line WHERE channel_id = %(channel)s
"""
"""The sums of a channel, in the columns of logs_linecounter."""
_SUMS_DIFFER = """
    WHERE counter.channel_id = %(channel)s
    AND (counter.lines, counter.said, counter.last_at) IS DISTINCT FROM (sums.lines, sums.said, sums.last_at)
"""


class Mismatch(NamedTuple):
    """A row whose counts are wrong; `key` is its day, hour or nick, empty for the sums of a channel.

    `stored` are its counts, `actual` what counting the lines gives.
    """

    table: str
    key: str
    stored: tuple[object, ...]
    actual: tuple[object, ...]


def find_mismatches(channel: int) -> list[Mismatch]:
    """Return the wrong counts of a channel. Each table is compared with the lines in one statement."""
    return _compare_sums(channel) + [mismatch for table in TABLES for mismatch in _compare_table(table, channel)]


def repair_counts(channel: int) -> list[Mismatch]:
    """Correct a channel's counts and return those that were wrong. Writers of the channel wait meanwhile."""
    with transaction.atomic():
        # Every writer takes this lock first: no line is stored between comparing and correcting.
        lock_counters({channel})
        mismatches = find_mismatches(channel)
        _correct_sums(channel)
        for table in TABLES:
            if any(mismatch.table == table.name for mismatch in mismatches):
                _correct_table(table, channel)
    return mismatches


def _compare_sums(channel: int) -> list[Mismatch]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT counter.lines, counter.said, counter.last_at, sums.*"
            f" FROM logs_linecounter AS counter CROSS JOIN ({_SUMS}) AS sums {_SUMS_DIFFER}",
            {"channel": channel},
        )
        return [Mismatch("logs_linecounter", "", row[:3], row[3:]) for row in cursor.fetchall()]


def _correct_sums(channel: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE logs_linecounter AS counter SET lines = sums.lines, said = sums.said, last_at = sums.last_at"
            f" FROM ({_SUMS}) AS sums {_SUMS_DIFFER}",
            {"channel": channel},
        )


def _difference_sql(table: _Table) -> str:
    """Return the FROM and WHERE of a query for rows that differ; a row that one side lacks counts as 0 there."""
    stored = ", ".join(f"coalesce(stored.{count}, 0)" for count in table.counts)
    counted = ", ".join(f"coalesce(counted.{count}, 0)" for count in table.counts)
    return (
        f" FROM (SELECT * FROM {table.name} WHERE channel_id = %(channel)s) AS stored"
        f" FULL JOIN ({table.recount}) AS counted USING ({', '.join(table.key)})"
        f" WHERE ({stored}) IS DISTINCT FROM ({counted})"
    )


def _compare_table(table: _Table, channel: int) -> list[Mismatch]:
    sides = [f"coalesce({side}.{count}, 0)" for side in ("stored", "counted") for count in table.counts]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join((*table.key, *sides))} {_difference_sql(table)} ORDER BY {', '.join(table.key)}",
            {"channel": channel},
        )
        rows = cursor.fetchall()
    keys, counts = len(table.key), len(table.counts)
    return [
        Mismatch(table.name, " ".join(map(str, row[:keys])), row[keys : keys + counts], row[keys + counts :])
        for row in rows
    ]


def _correct_table(table: _Table, channel: int) -> None:
    """Write the actual counts of the rows that differ.

    Days without lines stay as zeros, because caches know them by their revision; other rows of zeros are deleted.
    """
    values = ", ".join(f"coalesce(counted.{count}, 0)" for count in table.counts)
    set_counts = ", ".join(f"{count} = excluded.{count}" for count in table.counts)
    if table.name == "logs_daycount":
        set_counts += ", revision = logs_daycount.revision + 1"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table.name} (channel_id, {', '.join((*table.key, *table.counts))}"
            f"{', revision' if table.name == 'logs_daycount' else ''})"
            f" SELECT %(channel)s, {', '.join(table.key)}, {values}"
            f"{', 1' if table.name == 'logs_daycount' else ''} {_difference_sql(table)}"
            f" ON CONFLICT (channel_id, {', '.join(table.key)}) DO UPDATE SET {set_counts}",
            {"channel": channel},
        )
        if table.name != "logs_daycount":
            is_zero = " AND ".join(f"{count} = 0" for count in table.counts)
            cursor.execute(f"DELETE FROM {table.name} WHERE channel_id = %s AND {is_zero}", [channel])
