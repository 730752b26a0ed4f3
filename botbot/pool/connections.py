"""A pool of psycopg2 connections with a hard limit, a timeout for borrowers, and recovery from database restarts."""

from __future__ import annotations

import logging
import select
from collections import deque
from typing import Any
from weakref import WeakSet

import gevent
import psycopg2
from django_db_geventpool.backends.postgresql_psycopg2.base import PostgresConnectionPool
from gevent import monkey
from gevent.event import AsyncResult
from psycopg2 import extensions

logger = logging.getLogger(__name__)


class FairSlots:
    """`count` slots for the greenlets of one thread. A released slot goes to the greenlet that has waited longest.

    gevent's semaphores only wake a waiting greenlet: one that releases a slot and acquires it again without a switch in
    between takes it from those that wait. A download that fetches piece after piece would keep its connection from
    pages until their wait times out.
    """

    def __init__(self, count: int) -> None:
        self.free = count
        self._queue: deque[AsyncResult[None]] = deque()

    def acquire(self, timeout: float) -> bool:
        """Take a slot, after waiting at most `timeout` seconds; return whether there was one."""
        if self.free:
            self.free -= 1
            return True
        turn: AsyncResult[None] = AsyncResult()
        self._queue.append(turn)
        try:
            turn.wait(timeout)
        except BaseException:
            # This greenlet is killed: it leaves the queue, or passes on the slot that it was given meanwhile.
            if turn.ready():
                self.release()
            else:
                self._queue.remove(turn)
            raise
        if turn.ready():
            return True
        self._queue.remove(turn)
        return False

    def release(self) -> None:
        """Give a slot to the next in the queue, or return it."""
        if self._queue:
            self._queue.popleft().set(None)
        else:
            self.free += 1


# gevent's replacement would switch to another greenlet in the middle of `get`.
poll = monkey.get_original("select", "poll")


class ConnectionPool(PostgresConnectionPool):  # type: ignore[misc]
    """Connections to one database. Each borrowed connection occupies one of `maxsize` slots.

    Differences from the base class: a burst cannot exceed the limit, since a slot is acquired before connecting, which
    yields to other greenlets; a closed connection releases its slot; slots are given in the order in which greenlets
    asked, and the wait for one times out after MAX_WAIT seconds; a connection whose greenlet ended without returning
    it is reclaimed.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.timeout_seconds = float(kwargs.pop("MAX_WAIT", 10))
        self._settings = str(kwargs.pop("SET_ONCE", ""))
        """Statements for each new connection; see botbot/pooler.py."""
        super().__init__(*args, **kwargs)
        self._slots = FairSlots(self.maxsize)
        self._idle: list[extensions.connection] = []
        self._borrowers: dict[extensions.connection, object] = {}
        self._linked: WeakSet[Any] = WeakSet()
        """Greenlets whose end calls `_reclaim`; one that borrows often is linked once."""
        self.reclaimed = 0

    @property
    def size(self) -> int:
        """The number of connections that are idle, borrowed or being opened."""
        return len(self._idle) + self.borrowed

    @property
    def borrowed(self) -> int:
        """The number of connections that are borrowed or being opened."""
        return int(self.maxsize - self._slots.free)

    def get(self) -> extensions.connection:
        """Borrow a usable connection.

        Raises OperationalError if no slot became free in time or the database cannot be reached.
        """
        if not self._slots.acquire(timeout=self.timeout_seconds):
            raise psycopg2.OperationalError(
                f"connection pool exhausted: all {self.maxsize} connections were in use for {self.timeout_seconds:g} s"
            )
        try:
            connection = self._take_idle() or self.create_connection()
        except BaseException:
            self._slots.release()
            raise
        borrower = gevent.getcurrent()
        self._borrowers[connection] = borrower
        if isinstance(borrower, gevent.Greenlet) and borrower not in self._linked:
            self._linked.add(borrower)
            borrower.rawlink(self._reclaim)
        return connection

    def put(self, item: extensions.connection) -> None:
        """Return a connection; discard it if it is closed or cannot be reset."""
        if self._borrowers.pop(item, None) is None:
            # It was reclaimed already, and its slot released.
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

    def create_connection(self) -> extensions.connection:
        connection: extensions.connection = super().create_connection()
        if self._settings:
            try:
                connection.autocommit = True
                with connection.cursor() as cursor:
                    cursor.execute(self._settings)
            except BaseException:
                connection.close()
                raise
        return connection

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _take_idle(self) -> extensions.connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed and not _has_input(connection):
                return connection
            connection.close()
        return None

    def _reclaim(self, borrower: gevent.Greenlet[..., Any]) -> None:
        for connection in [borrowed for borrowed, greenlet in self._borrowers.items() if greenlet is borrower]:
            self.reclaimed += 1
            # Not `%r`: the arguments of a connection's greenlet include the client's address.
            logger.warning("a greenlet ended without returning its database connection: %s", borrower.name)
            del self._borrowers[connection]
            # Closed and not reused: nobody knows in the middle of which statement the greenlet ended.
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


def _has_input(connection: extensions.connection) -> bool:
    """Whether the server has sent something. On an idle connection that is the message that it was closed."""
    poller = poll()
    poller.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    return bool(poller.poll(0))
