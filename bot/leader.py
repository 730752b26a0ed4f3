"""Elects the leader among several bots: the one that holds an advisory lock of the database stores all lines."""

from __future__ import annotations

import logging
from contextlib import suppress
from time import monotonic
from typing import Any

import gevent
import psycopg2
from django.db import OperationalError

from logs.models.direct_connection import open_direct_connection
from logs.recording.role import Role

logger = logging.getLogger(__name__)

LOCK_KEY = 0x626F74626F74
"""Argument of pg_try_advisory_lock; the same for all bots of a database."""

CHECK_INTERVAL_SECONDS = 1.0
STANDBY_DELAY_SECONDS = 10.0
"""A standby waits this long at its start, so that it does not become the leader when both bots start at once."""

SET_KEEPALIVE = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
"""Frees the lock of a bot whose host has vanished after 25 seconds."""


class LeaderLock(Role):
    """`primary` says whether this bot is the leader; None while the database is away and nobody can tell."""

    def __init__(self, *, is_standby: bool) -> None:
        self.primary: bool | None = None
        self._may_lead_from = monotonic() + (STANDBY_DELAY_SECONDS if is_standby else 0.0)
        self._greenlet: gevent.Greenlet[..., None] | None = None

    def start(self) -> None:
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Release the lock, so that another bot becomes the leader."""
        if self._greenlet:
            self._greenlet.kill()

    def _run(self) -> None:
        while True:
            try:
                self._compete()
            except (psycopg2.Error, OperationalError) as error:
                if self.primary is not None:
                    logger.warning("it is unknown which bot is the leader: %s", " ".join(str(error).split()))
                self.primary = None
            except Exception:
                logger.exception("the election of the leader failed and goes on")
                self.primary = None
            gevent.sleep(CHECK_INTERVAL_SECONDS)

    def _compete(self) -> None:
        """Try to get and keep the lock while the connection lasts.

        The lock belongs to the connection, so this one stays open and is not from the pool.
        """
        lock_connection = open_direct_connection("leader lock")
        try:
            with lock_connection.cursor() as cursor:
                cursor.execute(SET_KEEPALIVE)
                while True:
                    self._check(cursor)
                    gevent.sleep(CHECK_INTERVAL_SECONDS)
        finally:
            with suppress(psycopg2.Error):
                lock_connection.close()

    def _check(self, cursor: Any) -> None:
        # Every branch runs a query: one that fails is how a leader notices that it has lost its connection and lock.
        if self.primary:
            cursor.execute("SELECT true")
        elif monotonic() < self._may_lead_from:
            cursor.execute("SELECT false")
        else:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        (is_leader,) = cursor.fetchone()
        if is_leader is not self.primary:
            logger.info(
                "this bot %s", "is the leader and stores all lines" if is_leader else "is the standby of another one"
            )
        self.primary = is_leader
