"""How far the replica is behind the primary, and whether it may answer a request.

Positions are those of PostgreSQL's write-ahead log (LSN), as numbers of bytes. A request may be answered by a replica
that has replayed

* all that was withdrawn from readers before the request came (logs/sql/withdrawals.sql): what was erased or closed is
  never shown again, however far the replica is behind,
* all that the visitor has written, and
* all that the primary had written DATABASE_REPLICA_LAG seconds ago.

The primary is asked once for each request, by a statement that reads a few rows. No clocks are compared.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable
from enum import StrEnum
from time import monotonic
from typing import Any, NamedTuple

from django.conf import settings
from django.db import OperationalError, connection

from botbot.replica import REPLICA

logger = logging.getLogger(__name__)

# The position after the snapshot in which the rows are read: whatever is visible there was written before it. It counts
# what is not flushed yet, too, since a transaction may be visible before it is (synchronous_commit = off).
_PRIMARY = """
    SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint, withdrawals.*
    FROM (SELECT count(*), coalesce(sum(id), 0) FROM logs_withdrawal) AS withdrawals"""
_REPLICA = "SELECT pg_is_in_recovery(), pg_postmaster_start_time(), (pg_last_wal_replay_lsn() - '0/0')::bigint"
_LAG = """
    SELECT CASE WHEN (pg_last_wal_replay_lsn() - '0/0')::bigint >= %s THEN 0
        ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END WHERE pg_is_in_recovery()"""
_POSITION = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"

SAMPLES = 20
"""Positions of the primary that are remembered of the last DATABASE_REPLICA_LAG seconds."""

RETRY_SECONDS = 5.0
"""How long a replica that failed is left alone."""


class Refusal(StrEnum):
    """Why the primary answers a request that the replica could."""

    AWAY = "away"
    LAG = "lag"
    WITHDRAWN = "withdrawn"
    OWN_WRITE = "own write"
    FAILED = "failed"
    """The replica cancelled a statement of the page, most often for what it had to replay (a recovery conflict)."""
    NOT_FOUND = "not found"
    """A page that is not there may just not be there yet."""


class NotCurrentError(OperationalError):
    """The replica may not answer a request, or cannot. The sentence, if there is one, is for the log."""

    def __init__(self, refusal: Refusal, sentence: str = "") -> None:
        super().__init__(sentence)
        self.refusal = refusal


class Requirement(NamedTuple):
    """The positions that the replica has to have reached, and the time (monotonic) to which `recent` belongs."""

    withdrawals: int
    own_write: int
    recent: int
    recent_at: float


class ReplicaState:
    """What this process knows of the replica, and how often it was used and refused."""

    def __init__(self, max_lag_seconds: float) -> None:
        self.max_lag_seconds = max_lag_seconds
        self.reads = 0
        self.refused: Counter[Refusal] = Counter()
        self._samples: deque[tuple[float, int]] = deque()
        """Times before which the primary had written as much, and these positions; the oldest first."""
        self._newest = (0.0, 0)
        self._withdrawals: tuple[int, int] | None = None
        self._withdrawals_position = 0
        self._retry_at = 0.0
        self._has_problem = False

    @property
    def has_just_failed(self) -> bool:
        """Whether the replica failed just now."""
        return monotonic() < self._retry_at

    def find_requirement(self, own_write: int) -> Requirement:
        """Ask the primary which positions a request needs that comes now. `own_write` is that of the visitor's last."""
        asked_at = monotonic()
        with connection.cursor() as cursor:
            cursor.execute(_PRIMARY)
            position, *withdrawals = cursor.fetchone()
        answered_at, newest = self._newest
        if asked_at >= answered_at:
            if position < newest:
                # Another server is the primary now, or a backup was restored: earlier positions mean nothing.
                self._samples.clear()
                self._withdrawals = None
            self._newest = monotonic(), position
        self._add_sample(asked_at, position)
        if self._withdrawals != tuple(withdrawals):
            self._withdrawals, self._withdrawals_position = tuple(withdrawals), position
        recent_at, recent = self._samples[0]
        return Requirement(self._withdrawals_position, min(own_write, position), recent, recent_at)

    def make_check(self, requirement: Requirement) -> Callable[[Any], None]:
        """Return a function that raises NotCurrentError unless the server of a connection has reached the positions.

        All connections that it is given have to lead to the same server: the request that uses them would go back in
        time else. Its page could name a last line that the other server does not have yet.
        """
        servers = set()

        def check(replica: Any) -> None:
            with replica.cursor() as cursor:
                cursor.execute(_REPLICA)
                is_standby, started_at, position = cursor.fetchone()
            servers.add(started_at)
            if len(servers) > 1:
                raise NotCurrentError(Refusal.FAILED)
            self._compare(requirement, position if is_standby else None)

        return check

    def _compare(self, requirement: Requirement, position: int | None) -> None:
        if position is None:
            raise NotCurrentError(Refusal.AWAY, "it is not a standby")
        if position < requirement.recent:
            seconds = monotonic() - requirement.recent_at
            # It may be a moment behind a site that had no readers: this is no news.
            is_behind = seconds > self.max_lag_seconds / 2
            raise NotCurrentError(Refusal.LAG, f"it is {seconds:.0f} s behind or more" if is_behind else "")
        if position < requirement.withdrawals:
            raise NotCurrentError(Refusal.WITHDRAWN)
        if position < requirement.own_write:
            raise NotCurrentError(Refusal.OWN_WRITE)

    def count_read(self) -> None:
        self.reads += 1
        if self._has_problem:
            self._has_problem = False
            logger.info("pages are read from the replica again")

    def refuse(self, refusal: Refusal, sentence: str = "") -> None:
        """Count a request that the primary answers. The log says once that the replica is away, or too far behind."""
        self.refused[refusal] += 1
        if refusal == Refusal.AWAY and sentence:
            self._retry_at = monotonic() + RETRY_SECONDS
        if sentence and not self._has_problem:
            self._has_problem = True
            logger.warning("pages are read from the primary, because of the replica: %s", " ".join(sentence.split()))

    def _add_sample(self, now: float, position: int) -> None:
        """Remember a position, and forget those that are older than the limit."""
        if not self._samples or now - self._samples[-1][0] >= self.max_lag_seconds / SAMPLES:
            self._samples.append((now, position))
        while len(self._samples) > 1 and self._samples[0][0] < now - self.max_lag_seconds:
            self._samples.popleft()
        if self._samples[0][0] < now - self.max_lag_seconds:
            self._samples[0] = now, position


def fetch_primary_position() -> int:
    """Return a position behind all that this process has committed."""
    with connection.cursor() as cursor:
        cursor.execute(_POSITION)
        return int(cursor.fetchone()[0])


def measure_lag() -> float | None:
    """Return how many seconds ago the primary committed what the replica has replayed last; 0 if it has everything.

    None if there is no replica. Unlike the limit for requests this trusts both clocks.
    """
    if REPLICA not in settings.DATABASES:
        return None
    row = fetch_from_replica(_LAG, fetch_primary_position())
    return max(0.0, float(row[0])) if row and row[0] is not None else None


def fetch_from_replica(statement: str, *parameters: int) -> Any:
    """Return the first row that the replica returns, however far it is behind."""
    pool: Any = connection
    with pool.reading_from_replica(lambda _: None), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


_states: list[ReplicaState] = []


def get_state() -> ReplicaState:
    """Return the process's state; the first call creates it."""
    if not _states:
        _states.append(ReplicaState(settings.DATABASE_REPLICA_LAG))
    return _states[0]


def running_state() -> ReplicaState | None:
    """Return the process's state, None where no replica is configured or was needed yet."""
    return _states[0] if _states else None
