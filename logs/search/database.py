"""What a search asks the database, within a transaction that ends in time."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, datetime
from time import monotonic
from typing import Any, NamedTuple

import gevent
from django.db import DatabaseError, OperationalError, connection, transaction

from logs.search import sql
from logs.search.sql import prepared
from logs.search.statistics import SAMPLE_STATEMENT as STATEMENT_OF_SAMPLE
from logs.search.statistics import STATEMENT, Frequencies, Kept, Months, Sample

log = logging.getLogger(__name__)

_TIMEOUT = "57014"
_SETTINGS = (
    "SET LOCAL work_mem = '64MB'; SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan;"
    " SET LOCAL statement_timeout = {}; "
)

_ENDS = """
    SELECT min(first AT TIME ZONE 'UTC')::date, max(last AT TIME ZONE 'UTC')::date
    FROM unnest(%s::integer[]) AS channel(id), LATERAL (SELECT
        (SELECT at FROM logs_line WHERE channel_id = channel.id ORDER BY at LIMIT 1) AS first,
        (SELECT at FROM logs_line WHERE channel_id = channel.id ORDER BY at DESC LIMIT 1) AS last) AS ends
"""
_COUNTED_MONTHS = """
    SELECT date_trunc('month', day)::date, sum(lines) FROM logs_daycount WHERE channel_id = ANY(%s) GROUP BY 1
"""
COUNTED_CHANNELS = 4
KEPT_SECONDS = 600.0
"""What is known of the archive changes slowly, and costs more to read than most searches."""

ENDS_KEPT_SECONDS = 5.0
"""The first and the last day with lines change at midnight, and when logs are imported."""

SAMPLE_SECONDS, SAMPLE_KEPT_SECONDS = 20.0, 3600.0

LARGE = 100_000
"""With fewer lines fetching all hits is cheap: then there is no sample, and little is kept for long."""

_ends: Kept[tuple[int, ...], tuple[date, date]] = Kept()
_months: Kept[tuple[int, ...], Months] = Kept()
"""Both by channels."""

_frequencies: Kept[None, Frequencies] = Kept()
_sample: Kept[None, Sample] = Kept()

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
    """TooSlowError once the time is over; holds no lock, writes nothing.

    Each question is a transaction of its own, with its settings, and costs one way to the server and back.
    """
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            yield Asking(seconds)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != _TIMEOUT:
            raise
        raise TooSlowError from error


def read_sample() -> None:
    """Takes about a second of the database."""
    with asking(SAMPLE_SECONDS) as ask:
        read = Sample(ask.execute(STATEMENT_OF_SAMPLE, []), ask.frequencies().lines)
    _sample.keep(None, read, SAMPLE_KEPT_SECONDS)


def _read_sample_beside() -> None:
    """In a greenlet of its own, while searches go on with what there was."""
    try:
        read_sample()
    except (TooSlowError, DatabaseError):
        log.exception("Searches go on without a newer sample of the lines for an hour")
    finally:
        connection.close()


class Asking:
    """Questions about the lines that meet some conditions."""

    def __init__(self, seconds: float) -> None:
        self._deadline = monotonic() + seconds

    def newest(self, conditions: Conditions, count: int) -> list[Found]:
        columns = ", ".join(Found._fields)
        order = "ORDER BY at DESC, channel_id DESC, id DESC LIMIT %s"
        return [Found._make(row) for row in self._rows(f"SELECT {columns}", conditions, order, count)]

    def frequencies(self) -> Frequencies:
        """Read now and then only."""
        if known := _frequencies.get(None):
            return known
        known = Frequencies.of(self.execute(STATEMENT, []))
        return _frequencies.keep(None, known, min(KEPT_SECONDS, known.lines / 1000))

    def sample(self) -> Sample:
        """The last that was read, an empty one in a small archive; nobody waits for a newer one."""
        known = _sample.last(None) or Sample()
        if _sample.get(None) is None and self.frequencies().lines >= LARGE:
            _sample.keep(None, known, SAMPLE_KEPT_SECONDS)
            gevent.spawn(_read_sample_beside)
        return known

    def by_day(self, conditions: Conditions) -> dict[date, int]:
        """How many there are on each day that has any."""
        return dict(self._rows("SELECT (at AT TIME ZONE 'UTC')::date, count(*)", conditions, "GROUP BY 1"))

    def groups(self, conditions: Conditions) -> list[tuple[int, date, str, int]]:
        """Channel, day, nick, and how many there are of these three."""
        return self._rows(
            "SELECT channel_id, (at AT TIME ZONE 'UTC')::date, nick, count(*)", conditions, "GROUP BY 1, 2, 3"
        )

    def extent(self, channels: list[int], *, everything: bool) -> tuple[date, date, Months] | None:
        """The first and the last day with lines, and about how many lines months have.

        Of a few channels their counts tell it; of many, and of all, the statistics of the index.
        """
        ends = _ends.get(tuple(channels)) or self._ends(channels)
        few = len(channels) <= COUNTED_CHANNELS and not everything
        return (*ends, self._months(channels) if few else self.frequencies().months) if ends else None

    def _ends(self, channels: list[int]) -> tuple[date, date] | None:
        ((first, last),) = self.execute(_ENDS, [channels])
        seconds = ENDS_KEPT_SECONDS if self.frequencies().lines >= LARGE else 0
        return _ends.keep(tuple(channels), (first, last), seconds) if first else None

    def _months(self, channels: list[int]) -> Months:
        """Lines by month of some channels; asked for now and then only: old months stay."""
        if months := _months.get(tuple(channels)):
            return months
        counted = self.execute(_COUNTED_MONTHS, [channels])
        return _months.keep(tuple(channels), Months({month: float(lines) for month, lines in counted}), KEPT_SECONDS)

    def _rows(self, select: str, conditions: Conditions, rest: str, *more: object) -> list[Any]:
        clause, params = sql.where(conditions)
        return self.execute(f"{select} FROM logs_line{clause} {rest}", [*params, *more])

    def execute(self, statement: str, params: list[Any]) -> list[Any]:
        """The rows of any statement, in what is left of the time."""
        left = max(1, round((self._deadline - monotonic()) * 1000))
        settings = _SETTINGS.format(left)
        with connection.cursor() as cursor:
            send = prepared(connection.connection, statement, len(params), lambda text: cursor.execute(settings + text))
            cursor.execute(settings + send, params)
            rows: list[Any] = cursor.fetchall()
        return rows
