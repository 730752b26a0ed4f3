"""A pool of psycopg2 connections whose cap is a cap, whose waits end, and which outlives a database that went away."""

from __future__ import annotations

import logging
import select
from typing import Any
from weakref import WeakSet

import gevent
import psycopg2
from django_db_geventpool.backends.postgresql_psycopg2.base import PostgresConnectionPool
from gevent import monkey
from gevent.lock import BoundedSemaphore
from psycopg2 import extensions

logger = logging.getLogger(__name__)

poll = monkey.get_original("select", "poll")


class ConnectionPool(PostgresConnectionPool):  # type: ignore[misc]
    """Connections to one database; each borrower has a slot from before its connect until after its return.

    Cures of the original's faults: a burst cannot pass the cap, because the slot is taken before the connect, which
    yields; a closed connection gives its slot back; a wait for a slot ends after MAX_WAIT seconds; a greenlet that ends
    without returning its connection has it taken back.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.wait = float(kwargs.pop("MAX_WAIT", 10))
        super().__init__(*args, **kwargs)
        self._slots = BoundedSemaphore(self.maxsize)
        self._idle: list[extensions.connection] = []
        self._lent: dict[extensions.connection, object] = {}
        self._watched: WeakSet[Any] = WeakSet()
        self.taken_back = 0

    @property
    def size(self) -> int:
        """How many connections are idle, lent or being opened."""
        return len(self._idle) + self.lent

    @property
    def lent(self) -> int:
        """How many connections are lent or being opened."""
        return int(self.maxsize - self._slots.counter)

    def get(self) -> extensions.connection:
        """A usable connection; OperationalError when none came free in time or the database cannot be reached."""
        if not self._slots.acquire(timeout=self.wait):
            raise psycopg2.OperationalError(
                f"connection pool exhausted: all {self.maxsize} connections were in use for {self.wait:g} s"
            )
        try:
            connection = self._take_idle() or self.create_connection()
        except BaseException:
            self._slots.release()
            raise
        borrower = gevent.getcurrent()
        self._lent[connection] = borrower
        if isinstance(borrower, gevent.Greenlet) and borrower not in self._watched:
            self._watched.add(borrower)
            borrower.rawlink(self._take_back)
        return connection

    def put(self, item: extensions.connection) -> None:
        """Takes a connection back; one that is closed or cannot be reset is discarded."""
        if self._lent.pop(item, None) is None:
            item.close()
            return
        try:
            self._reset(item)
            if not item.closed and len(self._idle) < self.pool.maxsize:
                self._idle.append(item)
            else:
                item.close()
        finally:
            self._slots.release()

    def close(self) -> None:
        """Closes the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _take_idle(self) -> extensions.connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed and _silent(connection):
                return connection
            connection.close()
        return None

    def _take_back(self, borrower: gevent.Greenlet[..., Any]) -> None:
        for connection in [lent for lent, greenlet in self._lent.items() if greenlet is borrower]:
            self.taken_back += 1
            logger.warning("a greenlet ended without returning its database connection: %r", borrower)
            del self._lent[connection]
            connection.close()
            self._slots.release()

    def _reset(self, connection: extensions.connection) -> None:
        if connection.closed or connection.info.transaction_status == extensions.TRANSACTION_STATUS_IDLE:
            return
        try:
            connection.rollback()
            connection.autocommit = True
        except psycopg2.Error as error:
            logger.info("a database connection could not be reset and is discarded: %s", error)
            connection.close()


def _silent(connection: extensions.connection) -> bool:
    """Whether the server has said nothing unasked: of an idle connection, that would be its end."""
    watch = poll()
    watch.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    return not watch.poll(0)
