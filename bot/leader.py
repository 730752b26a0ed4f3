"""Which of several bots stores what it hears: whoever holds one lock of the database."""

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

LOCK = 0x626F74626F74
"""Of pg_try_advisory_lock; the same for all bots of a database."""

LOOK_EVERY = 1.0
PATIENCE = 10.0
"""Seconds that a standby waits at its start, lest it comes before the first bot when both start at once."""

VANISHED = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
"""So that the lock of a bot whose host has vanished is free after 25 seconds."""


class PrimaryLock(Role):
    """`primary` is None while the database is away: then nobody knows, and nobody can store anything."""

    def __init__(self, *, patient: bool) -> None:
        self.primary: bool | None = None
        self._earliest = monotonic() + (PATIENCE if patient else 0.0)
        self._greenlet: gevent.Greenlet[..., None] | None = None

    def start(self) -> None:
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Lets another bot have the lock."""
        if self._greenlet:
            self._greenlet.kill()

    def _run(self) -> None:
        while True:
            try:
                self._hold()
            except (psycopg2.Error, OperationalError) as error:
                if self.primary is not None:
                    logger.warning("nobody knows which bot stores lines: %s", " ".join(str(error).split()))
                self.primary = None
            gevent.sleep(LOOK_EVERY)

    def _hold(self) -> None:
        """Runs while the connection lasts."""
        held = open_direct_connection("leader lock")
        try:
            with held.cursor() as cursor:
                cursor.execute(VANISHED)
                while True:
                    self._look(cursor)
                    gevent.sleep(LOOK_EVERY)
        finally:
            with suppress(psycopg2.Error):
                held.close()

    def _look(self, cursor: Any) -> None:
        if self.primary:
            cursor.execute("SELECT true")
        elif monotonic() < self._earliest:
            cursor.execute("SELECT false")
        else:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        (primary,) = cursor.fetchone()
        if primary is not self.primary:
            logger.info("this bot %s", "stores what it hears" if primary else "keeps what another one misses")
        self.primary = primary
