"""A waiting page is notified when its code has been said, even if the notification gets lost."""

from __future__ import annotations

import gevent
import pytest
from django.db import connection

from logs.accounts import codes, identity
from logs.accounts.identity import IrcUser
from logs.live.waiting_pages import WaitingPages
from logs.models import Code, Network
from tests.processes import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def follow(waiting: WaitingPages, code: Code) -> gevent.Greenlet:
    def read() -> bytes:
        try:
            return b"".join(waiting.stream_until_decided(code.pk, lambda: codes.state(code.pk)))
        finally:
            connection.close()

    return gevent.spawn(read)


def listeners() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN botbot_codes'")
        return int(cursor.fetchone()[0])


def test_waiting_readers_are_notified_at_once_and_no_others(network: Network) -> None:
    waiting = WaitingPages()
    (own_code, words), (others, _) = codes.issue(network), codes.issue(network)
    stream, other = follow(waiting, own_code), follow(waiting, others)
    wait_for(lambda: listeners() == 1, 10)
    assert not stream.ready()
    identity.sign_in(IrcUser(network.pk, "ann", "ann"), words)
    assert stream.get(timeout=10).endswith(b"event: proven\ndata: {}\n\n")
    assert not other.ready()
    waiting.shut_down()
    assert b"event: proven" not in other.get(timeout=10)
    wait_for(lambda: listeners() == 0, 10, "nobody waits, nobody listens")


def test_a_lost_listener_is_replaced_and_looks(network: Network) -> None:
    waiting = WaitingPages()
    code, words = codes.issue(network)
    stream = follow(waiting, code)
    wait_for(lambda: listeners() == 1, 10)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN botbot_codes'")
    identity.sign_in(IrcUser(network.pk, "ann", "ann"), words)
    assert b"event: proven" in stream.get(timeout=10)


def test_a_code_that_is_over_ends_the_waiting(network: Network) -> None:
    code, _ = codes.issue(network)
    Code.objects.all().delete()
    assert b"event: over" in follow(WaitingPages(), code).get(timeout=10)
