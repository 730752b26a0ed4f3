"""PostgreSQL's settings for one transaction at a time, for connections through a pooler in transaction mode.

They travel with the first statement of each transaction, in one round trip. Outside of an explicit transaction such a
message of several statements is one of its own.
https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from psycopg2 import NotSupportedError, extensions
from psycopg2.sql import Composable


@cache
def make_cursor_class(settings: str) -> type[extensions.cursor]:
    """A class of cursors which put `settings`, statements such as `SET LOCAL jit = off; `, before the first statement
    of a transaction."""

    class Cursor(extensions.cursor):
        def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002  (psycopg2's name)
            if self.connection.get_transaction_status() != extensions.TRANSACTION_STATUS_IDLE:
                super().execute(query, vars)
            elif self.name is None:
                super().execute(_prepend(settings, query, self), vars)
            elif self.connection.autocommit:
                raise NotSupportedError("A server-side cursor needs a transaction behind a pooler.")
            else:  # psycopg2 begins the statement with DECLARE
                with self.connection.cursor() as other:
                    other.execute("SELECT 1")
                super().execute(query, vars)

        def executemany(self, query: Any, vars_list: Iterable[Any]) -> None:
            for parameters in vars_list:
                self.execute(query, parameters)

    return Cursor


def _prepend(settings: str, query: Any, cursor: extensions.cursor) -> str | bytes:
    if isinstance(query, bytes):
        return settings.encode() + query
    return settings + (query.as_string(cursor) if isinstance(query, Composable) else query)
