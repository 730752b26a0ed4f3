"""Finds database connections that a test has taken from the pool and not given back, and replaces the default one.

A connection that is not given back keeps its session on the server as long as the test process runs: a later test that
needs the database to itself would fail, depending on which files the process had run before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gevent
from django.db import connection, connections

from botbot.pool import base
from tests.processes import wait_for


def count_reclaimed() -> int:
    """How many connections were taken back from greenlets that ended without returning them."""
    return sum(pool.reclaimed for pool in base._pools.values())


def list_lent() -> list[str]:
    """The borrowers of connections, apart from the one that Django keeps for who calls this."""
    own = connection.connection
    return [
        str(borrower) for pool in base._pools.values() for lent, borrower in pool._borrowers.items() if lent is not own
    ]


def assert_all_returned(reclaimed_before: int) -> None:
    """Raises an AssertionError; who still works with the database gets the time to finish."""
    gevent.sleep(0)  # greenlets that are yet to begin
    wait_for(lambda: not list_lent(), 10, "all connections of the pool are returned")
    assert count_reclaimed() == reclaimed_before, "a greenlet ended without returning its database connection"


@contextmanager
def use_as_default(replacement: base.DatabaseWrapper) -> Iterator[base.DatabaseWrapper]:
    """Let everything in this process use the database through another connection, which is closed with its pool."""
    before = connections["default"]
    connections["default"] = replacement
    try:
        yield replacement
    finally:
        replacement.close()
        replacement.closeall()
        connections["default"] = before
