"""Statements are planned once in each connection, which keeps no more of them than it may."""

from __future__ import annotations

import pytest
from django.db import connection

from logs.search import database
from logs.search.database import TooSlowError, open_session

pytestmark = pytest.mark.django_db(transaction=True)


def begin_anew() -> None:
    """In a new connection: the pool may have several at hand, from tests before."""
    connection.close()
    connection.close_pool()


def planned() -> list[str]:
    """What PostgreSQL keeps in this connection, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'search%' ORDER BY prepare_time")
        return [statement.partition(" AS ")[2] for (statement,) in cursor.fetchall()]


def run(statement: str, *params: object) -> list[tuple[object, ...]]:
    with open_session(5) as session:
        return session.execute(statement, list(params))


def test_a_statement_is_planned_once_and_again_in_a_new_connection() -> None:
    for _ in range(2):
        begin_anew()
        assert [run("SELECT %s + 1, '%%' || %s", number, "a") for number in (1, 2)] == [[(2, "%a")], [(3, "%a")]]
        assert run("SELECT 7") == [(7,)]
        assert planned() == ["SELECT $1 + 1, '%' || $2", "SELECT 7"]


def test_a_percent_sign_is_written_twice() -> None:
    begin_anew()
    with pytest.raises(ValueError, match="Write %%"):
        run("SELECT 5 % 3")


def test_the_statements_used_last_stay_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MAX_PREPARED", 2)
    begin_anew()
    for number in (1, 2, 1, 3, 1):
        assert run(f"SELECT {number}") == [(number,)]
    assert sorted(planned()) == ["SELECT 1", "SELECT 3"]


def test_a_statement_that_failed_can_be_asked_again() -> None:
    begin_anew()
    with pytest.raises(TooSlowError), open_session(0.1) as session:
        session.execute("SELECT pg_sleep(%s)", [60])
    assert run("SELECT pg_sleep(%s)::text", 0) == [("",)]
    assert len(planned()) == 2
