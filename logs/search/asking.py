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
from logs.search.frequencies import STATEMENT, Frequencies
from logs.search.prepared import prepared
from logs.search.sample import STATEMENT as STATEMENT_OF_SAMPLE
from logs.search.sample import Sample
from logs.search.spread import Months

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

MONTHS_KEPT = 1000
_months: dict[tuple[int, ...], tuple[float, Months]] = {}
"""By channels: until when they count, and lines by month."""

_frequencies: list[tuple[float, Frequencies]] = []
"""The last that were read, if any were, and until when, likewise: not for long in a small archive, which may grow."""

SAMPLED_LINES = 100_000
"""In a smaller archive fetching all hits is cheap."""

SAMPLE_SECONDS, SAMPLE_KEPT_SECONDS = 20.0, 3600.0
_samples: list[tuple[float, Sample]] = []
"""The last that was read, if any was, and until when no other is wanted."""

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
        sample = Sample(ask.execute(STATEMENT_OF_SAMPLE, []), ask.frequencies().lines)
    _samples[:] = [(monotonic() + SAMPLE_KEPT_SECONDS, sample)]


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
        if not _frequencies or monotonic() > _frequencies[0][0]:
            known = Frequencies.of(self.execute(STATEMENT, []))
            _frequencies[:] = [(monotonic() + min(KEPT_SECONDS, known.lines / 1000), known)]
        return _frequencies[0][1]

    def sample(self) -> Sample:
        """The last that was read, an empty one in a small archive; nobody waits for a newer one."""
        until, sample = _samples[0] if _samples else (0.0, Sample())
        if monotonic() > until and self.frequencies().lines >= SAMPLED_LINES:
            _samples[:] = [(monotonic() + SAMPLE_KEPT_SECONDS, sample)]
            gevent.spawn(_read_sample_beside)
        return sample

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
        ((first, last),) = self.execute(_ENDS, [channels])
        few = len(channels) <= COUNTED_CHANNELS and not everything
        if not first:
            return None
        return first, last, self._months(tuple(channels)) if few else self.frequencies().months

    def _months(self, channels: tuple[int, ...]) -> Months:
        """Lines by month of some channels; asked for now and then only: old months stay."""
        if channels not in _months or monotonic() > _months[channels][0]:
            counted = self.execute(_COUNTED_MONTHS, [list(channels)])
            if len(_months) >= MONTHS_KEPT:
                _months.clear()
            months = Months({month: float(lines) for month, lines in counted})
            _months[channels] = (monotonic() + KEPT_SECONDS, months)
        return _months[channels][1]

    def _rows(self, select: str, conditions: Conditions, rest: str, *more: object) -> list[Any]:
        clause, params = sql.where(conditions)
        return self.execute(f"{select} FROM logs_line{clause} {rest}", [*params, *more])

    def execute(self, statement: str, params: list[Any]) -> list[Any]:
        """The rows of any statement, in what is left of the time."""
        left = max(1, round((self._deadline - monotonic()) * 1000))
        settings = _SETTINGS.format(left)
        with connection.cursor() as cursor:
            statement = prepared(connection.connection, statement, lambda text: cursor.execute(settings + text))
            cursor.execute(settings + statement, params)
            rows: list[Any] = cursor.fetchall()
        return rows
