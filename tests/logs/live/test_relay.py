"""What the relay stores in Redis, one step at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from django.db import connection
from django.test import override_settings

from logs.live import relay as relay_module
from logs.live.backplane import ChannelState, FollowedChannel
from logs.live.backplane.redis import RedisBackplane, events_key
from logs.live.relay import Relay
from logs.models import Channel
from tests.logs.live.reader import write
from tests.processes import wait_for
from tests.redis import Redis

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    with Redis(tmp_path) as server, override_settings(REDIS_URL=server.url):
        relay = Relay()
        yield relay
        relay.backplane.close()
    connection.close()


@pytest.fixture
def backplane(relay: Relay) -> Iterator[RedisBackplane]:
    backplane = RedisBackplane()
    backplane.connect()
    yield backplane
    backplane.close()


def follow(channel: Channel) -> FollowedChannel:
    return FollowedChannel(channel.pk, channel.get_absolute_url(), "public")


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "MIN_EVENTS", 20)
    monkeypatch.setattr(relay_module, "PAGE_SIZE", 7)


def test_a_new_channel_without_lines_is_stored_and_not_announced(
    relay: Relay, backplane: RedisBackplane, channel: Channel
) -> None:
    relay.copy_all()
    assert backplane.fetch_states([channel.pk]) == {channel.pk: ChannelState("public", 0)}
    assert not backplane.wait(0.1)


def test_a_state_read_before_the_first_line_was_stored_does_not_replace_the_newer_one(
    relay: Relay, backplane: RedisBackplane, channel: Channel
) -> None:
    """The listener would take the lower id for a restored backup and reload every reader."""
    newest = write(channel, 5)
    relay._copy_channel(follow(channel), ChannelState("public", 0), is_new=True)
    assert backplane.fetch_states([channel.pk]) == {channel.pk: ChannelState("public", newest)}
    announcements = backplane.wait(5)
    assert (announcements.last_ids, announcements.visibility_changes) == ({channel.pk: newest}, set())


def test_ids_without_a_line_are_announced(relay: Relay, backplane: RedisBackplane, channel: Channel) -> None:
    newest = write(channel, 5)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE logs_linecounter SET last_id = %s", [newest + 2])
    relay.copy_all()
    assert backplane.fetch_states([channel.pk]) == {channel.pk: ChannelState("public", newest + 2)}
    assert backplane.wait(5).last_ids == {channel.pk: newest + 2}


def test_a_restored_database_without_lines_is_announced(
    relay: Relay, backplane: RedisBackplane, channel: Channel
) -> None:
    write(channel, 5)
    relay.copy_all()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM logs_line; DELETE FROM logs_linecounter")
    relay.copy_all()
    assert backplane.fetch_states([channel.pk]) == {channel.pk: ChannelState("public", 0)}
    assert backplane.fetch_newest(follow(channel)) == []
    assert backplane.wait(5).visibility_changes == {channel.pk}


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize(("behind", "is_continued"), [(1, True), (19, True), (20, True), (21, False)])
def test_a_relay_that_was_away_continues_as_long_as_redis_would_keep_what_it_missed(
    relay: Relay, backplane: RedisBackplane, channel: Channel, behind: int, is_continued: bool
) -> None:
    followed = follow(channel)
    last = write(channel, 5)
    relay.copy_all()
    newest = write(channel, behind)
    relay.copy_all()
    events = backplane.fetch_newer(followed, last, 100)
    if is_continued:
        assert events is not None
        assert [event.id for event in events] == list(range(last + 1, newest + 1))
    else:
        assert events is None
        kept = backplane.fetch_newer(followed, newest - 20, 100)
        assert kept is not None
        assert [event.id for event in kept] == list(range(newest - 19, newest + 1))


def test_what_redis_evicts_is_relayed_again(
    relay: Relay, backplane: RedisBackplane, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    newest = write(channel, 5)
    relay.copy_all()
    # Redis chooses what it evicts: here it is something of no use, and the channel's events are gone with it.
    relay.redis.set("filler", b"x" * 4_000_000, ex=1000)
    relay.redis.config_set("maxmemory-policy", "volatile-ttl")
    relay.redis.config_set("maxmemory", relay.redis.info("memory")["used_memory"] - 2_000_000)
    relay.redis.set("trigger", b"")
    assert not relay.redis.exists("filler")
    relay.redis.config_set("maxmemory", 0)
    relay.redis.delete(events_key(follow(channel)))
    relay.copy_all()
    events = backplane.fetch_newer(follow(channel), newest - 2, 10)
    assert events is not None
    assert [event.id for event in events] == [newest - 1, newest]
    assert "noeviction" in caplog.text
    assert relay.evicted == 1


def test_while_redis_is_away_the_relay_says_why(tmp_path: Path, channel: Channel) -> None:
    """What /readyz and /metrics show (tests/botbot/test_host_rules.py)."""
    with Redis(tmp_path) as server, override_settings(REDIS_URL=server.url):
        relay = Relay()
        relaying = gevent.spawn(relay.run)
        wait_for(lambda: relay.evicted is not None, 10, "it relays")
        assert relay.problem == ""
        server.kill()
        # The first one may be that the connection was reset while it was read.
        problem = wait_for(lambda: relay.problem, 10).lower()
        assert "refused" in problem or "reset" in problem
        server.start()
        wait_for(lambda: not relay.problem, 20, "it relays again")
        relaying.kill()
        relay.backplane.close()
    connection.close()
