"""Finds database connections that a test has taken from the pool and not given back.

Such a connection keeps its session on the server as long as the test process runs: a later test that needs the database
to itself would fail, depending on which files the process had run before.
"""

from __future__ import annotations

import gevent
from django.db import connection

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
