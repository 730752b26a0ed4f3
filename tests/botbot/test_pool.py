"""The pool holds its limit, its waits time out, and it survives a database restart; the base class does none of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gevent
import psycopg2
import pytest
from django.db import connection, connections
from django_db_geventpool.backends.postgresql_psycopg2.base import DatabaseWrapper as OriginalWrapper
from django_db_geventpool.backends.postgresql_psycopg2.base import PostgresConnectionPool
from gevent.event import Event

from botbot.pool.base import DatabaseWrapper
from botbot.pool.connections import ConnectionPool
from tests import lent_connections
from tests.processes import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

Pool = Any


def params(**changes: Any) -> dict[str, Any]:
    found = {**connection.get_connection_params(), "application_name": "pooltest", "MAX_CONNS": 4, "REUSE_CONNS": 4}
    return {**found, **changes}


@pytest.fixture
def small_pool() -> Iterator[ConnectionPool]:
    pool = ConnectionPool(**params(MAX_WAIT=60))
    yield pool
    pool.close()


@pytest.fixture
def original() -> Iterator[Pool]:
    pool = PostgresConnectionPool(**{name: value for name, value in params().items() if name != "MAX_WAIT"})
    yield pool
    pool.close()


def borrow(pool: Pool, sql: str = "SELECT pg_sleep(0.05)") -> None:
    borrowed = pool.get()
    try:
        borrowed.cursor().execute(sql)
        borrowed.rollback()
    finally:
        pool.put(borrowed)


def count_max_connections(pool: Pool, greenlets: int) -> int:
    """Borrow in many greenlets at once; return the largest number of connections that the server saw."""
    max_connections = 0
    with connection.cursor() as cursor:
        running = [gevent.spawn(borrow, pool, "SELECT pg_sleep(0.3)") for _ in range(greenlets)]
        while not all(greenlet.ready() for greenlet in running):
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pooltest'")
            max_connections = max(max_connections, cursor.fetchone()[0])
            gevent.sleep(0.02)
    for greenlet in running:
        greenlet.get()
    return max_connections


def kill_backends() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE application_name = 'pooltest'"
        )


def count_sleeping() -> int:
    """Return how many connections wait in pg_sleep."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pooltest' AND wait_event = 'PgSleep'"
        )
        return int(cursor.fetchone()[0])


def test_a_cold_burst_stays_within_the_limit(small_pool: ConnectionPool) -> None:
    assert count_max_connections(small_pool, 12) <= 4


def test_the_base_class_exceeds_the_limit_in_a_cold_burst(original: Pool) -> None:
    assert count_max_connections(original, 12) > 4


def test_dead_connections_release_their_slots(small_pool: ConnectionPool) -> None:
    def work() -> None:
        with pytest.raises(psycopg2.OperationalError):
            borrow(small_pool, "SELECT pg_sleep(30)")

    busy = [gevent.spawn(work) for _ in range(4)]
    wait_for(lambda: count_sleeping() == 4)
    kill_backends()
    gevent.joinall(busy, raise_error=True)
    assert small_pool.borrowed == 0
    borrow(small_pool)


def test_a_waiter_gets_the_slot_of_a_dead_connection(small_pool: ConnectionPool) -> None:
    assert waits_forever(small_pool, 30) is False


def test_the_base_class_leaves_the_waiter_waiting(original: Pool) -> None:
    assert waits_forever(original, 0.8) is True


def waits_forever(pool: Pool, seconds: float) -> bool:
    """Whether a borrower still waits so long after all connections died and were returned in the way of Django."""
    borrowed = [pool.get() for _ in range(4)]
    waiter = gevent.spawn(borrow, pool)
    gevent.sleep(0.05)
    kill_backends()
    for returned in borrowed:
        with pytest.raises(psycopg2.OperationalError):
            returned.cursor().execute("SELECT 1")
        if isinstance(pool, ConnectionPool):
            pool.put(returned)
        else:
            pool.close()  # what the original's DatabaseWrapper._close does with a closed connection
    waiter.join(seconds)
    still_waits = not waiter.ready()
    waiter.kill()
    return still_waits


def test_a_wait_for_a_slot_times_out_with_an_explanation() -> None:
    pool = ConnectionPool(**params(MAX_WAIT=1))
    borrowed = [pool.get() for _ in range(4)]
    with pytest.raises(psycopg2.OperationalError, match="connection pool exhausted: all 4"):
        pool.get()
    for returned in borrowed:
        pool.put(returned)
    borrow(pool)
    pool.close()


def test_a_borrower_who_returns_for_more_queues_behind_those_who_wait(small_pool: ConnectionPool) -> None:
    order: list[str] = []

    def borrow_as(name: str) -> None:
        borrowed = small_pool.get()
        order.append(name)
        small_pool.put(borrowed)

    borrowed = [small_pool.get() for _ in range(4)]
    waiting = [gevent.spawn(borrow_as, name) for name in ("first", "second")]
    gevent.sleep(0)
    small_pool.put(borrowed.pop())
    borrow_as("again")
    gevent.joinall(waiting, raise_error=True)
    assert order == ["first", "second", "again"]
    for returned in borrowed:
        small_pool.put(returned)
    assert small_pool.borrowed == 0


def test_a_killed_waiter_passes_its_slot_on(small_pool: ConnectionPool) -> None:
    borrowed = [small_pool.get() for _ in range(4)]
    waiting = [gevent.spawn(borrow, small_pool) for _ in range(2)]
    gevent.sleep(0)
    # The slot is given to the first waiter, which is killed before it runs.
    small_pool.put(borrowed.pop())
    waiting[0].kill(block=False)
    waiting[1].get(timeout=30)
    for one in borrowed:
        small_pool.put(one)
    assert small_pool.borrowed == 0


def test_an_idle_connection_that_died_is_replaced(small_pool: ConnectionPool) -> None:
    borrow(small_pool)
    kill_backends()
    borrow(small_pool)
    assert small_pool.size == 1


def test_a_connection_is_reclaimed_when_its_greenlet_ends(small_pool: ConnectionPool) -> None:
    gevent.joinall([gevent.spawn(small_pool.get) for _ in range(4)])
    gevent.sleep(0)
    assert (small_pool.borrowed, small_pool.reclaimed) == (0, 4)
    borrow(small_pool)


def test_a_connection_that_a_greenlet_keeps_is_found_after_a_test() -> None:
    def hold() -> None:
        connection.ensure_connection()
        done.wait()
        connection.close()

    connection.ensure_connection()
    done = Event()
    holder = gevent.spawn(hold)
    wait_for(lambda: len(lent_connections.list_lent()) == 1)
    done.set()
    holder.join()
    assert lent_connections.list_lent() == []


def test_the_base_class_is_exhausted_by_greenlets_that_return_nothing(original: Pool) -> None:
    greenlets = [gevent.spawn(original.get) for _ in range(4)]
    gevent.joinall(greenlets)
    with pytest.raises(gevent.Timeout), gevent.Timeout(1):
        original.get()


@pytest.mark.parametrize("moment", [0.0, 0.001, 0.01, 0.2])
def test_a_killed_greenlet_leaves_no_slot_taken(small_pool: ConnectionPool, moment: float) -> None:
    running = [gevent.spawn(borrow, small_pool, "SELECT pg_sleep(5)") for _ in range(8)]
    gevent.sleep(moment)
    gevent.killall(running)
    wait_for(lambda: small_pool.borrowed == 0)
    borrow(small_pool)


def test_an_unreachable_server_leaves_no_slot_taken() -> None:
    pool = ConnectionPool(**params(host="127.0.0.1", port=1))
    for _ in range(6):
        with pytest.raises(psycopg2.OperationalError):
            pool.get()
    assert pool.borrowed == 0


def test_a_transaction_left_open_is_rolled_back_on_return(small_pool: ConnectionPool) -> None:
    borrowed = small_pool.get()
    borrowed.autocommit = False
    borrowed.cursor().execute("SELECT 1")
    small_pool.put(borrowed)
    reused = small_pool.get()
    assert reused.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_IDLE
    small_pool.put(reused)


def wrapper(cls: Callable[..., Any], **changes: Any) -> Any:
    settings = {**connections.settings["default"], **connection.settings_dict, **changes}
    if cls is OriginalWrapper:
        settings["OPTIONS"] = {name: value for name, value in settings["OPTIONS"].items() if name != "MAX_WAIT"}
    return cls(settings, alias=changes.get("alias", "zone"))


def zone_of(database: Any) -> str:
    with database.cursor() as cursor:
        cursor.execute("SET timezone = 'Asia/Tokyo'")
    database.close()
    with database.cursor() as cursor:
        cursor.execute("SHOW timezone")
        zone = cursor.fetchone()[0]
    database.close()
    database.closeall()
    return str(zone)


def test_each_checkout_is_configured_for_utc() -> None:
    assert zone_of(wrapper(DatabaseWrapper)) == "UTC"


def test_the_base_class_leaves_the_time_zone_as_it_is() -> None:
    assert zone_of(wrapper(OriginalWrapper)) == "Asia/Tokyo"


def database_of(database: Any) -> str:
    with database.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        name = cursor.fetchone()[0]
    database.close()
    return str(name)


def test_pools_of_two_databases_are_two() -> None:
    first, second = wrapper(DatabaseWrapper), wrapper(DatabaseWrapper, NAME="postgres")
    assert database_of(first) == connection.settings_dict["NAME"]
    assert database_of(second) == "postgres"
    first.closeall()
    second.closeall()


def test_the_base_class_mixes_two_databases_of_one_alias() -> None:
    first, second = wrapper(OriginalWrapper), wrapper(OriginalWrapper, NAME="postgres")
    assert database_of(first) == database_of(second)
    first.closeall()
