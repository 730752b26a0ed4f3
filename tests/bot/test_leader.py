"""Who stores which network: real advisory locks, held by connections of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from django.db import connection

from bot import leader
from bot.leader import LOCK_KEY, LeaderLocks
from logs.models.postgres import open_direct_connection
from tests.processes import wait_for


@pytest.fixture
def new_bot(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., LeaderLocks]]:
    monkeypatch.setattr(leader, "CHECK_INTERVAL_SECONDS", 0.05)
    bots: list[LeaderLocks] = []

    def new_bot(*networks: int, is_standby: bool = False) -> LeaderLocks:
        bots.append(LeaderLocks(is_standby=is_standby))
        for network in networks:
            bots[-1].role_of(network)
        bots[-1].start()
        wait_for(lambda: bots[-1].site.primary is not None, 10, "it knows")
        return bots[-1]

    yield new_bot
    for bot in bots:
        bot.stop()


def test_each_network_has_one_leader_and_the_site_one(new_bot: Callable[..., LeaderLocks]) -> None:
    first = new_bot(1, 2)
    second = new_bot(2, 3)
    assert (first.led_networks, second.led_networks) == ({1, 2}, {3})
    assert (first.site.primary, second.site.primary) == (True, False)
    role = second.role_of(2)
    assert role.primary is False
    first.stop()
    wait_for(lambda: role.primary, 10, "the network moves to the other bot")
    wait_for(lambda: second.site.primary and second.led_networks == {2, 3}, 10)


def test_a_network_that_a_bot_leaves_is_free(new_bot: Callable[..., LeaderLocks]) -> None:
    first = new_bot(1, 2)
    second = new_bot(2)
    first.keep_only({1})
    wait_for(lambda: second.led_networks == {2}, 10)
    assert first.led_networks == {1}
    # Wanted again, it is left to the bot that has it.
    assert not first.role_of(2).primary
    second.stop()
    wait_for(lambda: first.led_networks == {1, 2}, 10)


def test_a_standby_leaves_new_networks_to_others_for_a_while(
    new_bot: Callable[..., LeaderLocks], monkeypatch: pytest.MonkeyPatch
) -> None:
    standby = new_bot(1, is_standby=True)
    first = new_bot(1)
    assert (standby.led_networks, first.led_networks) == (set(), {1})
    monkeypatch.setattr(standby, "_delay_seconds", 0.0)
    standby.role_of(2)
    wait_for(lambda: standby.led_networks == {2}, 10)


def test_bots_of_earlier_versions_store_beside_none_of_these(new_bot: Callable[..., LeaderLocks]) -> None:
    """They held one lock for all networks, as a restore does."""
    with closing(open_direct_connection("earlier bot")) as earlier, earlier.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        bot = new_bot(1)
        assert (bot.led_networks, bot.site.primary) == (set(), False)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])
        wait_for(lambda: bot.led_networks == {1}, 10)
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        assert cursor.fetchone() == (False,)


def test_a_bot_that_loses_its_connection_knows_nothing_until_it_has_another(
    new_bot: Callable[..., LeaderLocks], monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = new_bot(1)
    role = bot.role_of(1)
    forget, seen = LeaderLocks._forget, []

    def note(locks: LeaderLocks) -> None:
        forget(locks)
        seen.append((role.primary, locks.site.primary))

    monkeypatch.setattr(LeaderLocks, "_forget", note)
    with connection.cursor() as cursor:
        names = "application_name LIKE '%leader lock'"
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {names}")  # noqa: S608
    wait_for(lambda: seen == [(None, None)] and role.primary, 10, "it has lost the lock and got it again")
    assert bot.led_networks == {1}
