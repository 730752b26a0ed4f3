"""The listener in this process, with a hub and a stream of its own."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import gevent
import pytest
from django.db import connection

from logs.live import listener
from logs.live.backplane import FollowedChannel
from logs.live.backplane.postgres import PostgresBackplane
from logs.live.hub import Hub
from logs.live.streams import Stream
from logs.models import Channel
from tests.logs.live.reader import write
from tests.processes import wait_for

Follow = Callable[[Channel], Stream]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that hears announcements, but looks at nothing unasked."""
    monkeypatch.setattr(listener, "VERIFY_SECONDS", 1000.0)
    hub, backplane = Hub(10, 10), PostgresBackplane()
    listening = listener.Listener(hub, backplane)
    jobs = [gevent.spawn(listening.listen), gevent.spawn(listening.update_feeds)]
    wait_for(lambda: not hub.metrics.is_disconnected)
    yield hub
    gevent.killall(jobs)
    backplane.close()
    connection.close()


@pytest.fixture
def follow(hub: Hub) -> Iterator[Follow]:
    """Opens a stream whose other end stays open."""
    readers: list[socket.socket] = []

    def follow(channel: Channel) -> Stream:
        reader, ours = socket.socketpair()
        readers.append(reader)
        stream = Stream(ours.detach(), socket.AF_UNIX, 0, hub)
        hub.subscribe(hub.get_or_create_feed(FollowedChannel(channel.pk, channel.get_absolute_url(), "public")), stream)
        return stream

    yield follow
    for stream in [stream for feed in hub.feeds.values() for stream in feed.streams()]:
        stream.disconnect("gone")
    for reader in readers:
        reader.close()


def test_a_channel_that_is_closed_ends_its_streams_at_once_and_no_others(
    hub: Hub, channel: Channel, follow: Follow
) -> None:
    other = Channel.objects.create(network=channel.network, name="#other")
    write(channel, 1)
    stream, stays = follow(channel), follow(other)
    wait_for(lambda: all(feed.last_id is not None and feed.verified_at for feed in hub.feeds.values()))
    Channel.objects.filter(pk=channel.pk).update(visibility="members")
    wait_for(lambda: not stream.is_open, 20)
    assert hub.metrics.closed == {"closed": 1}
    assert stays.is_open
    write(other, 1)
    wait_for(lambda: hub.feeds[other.pk].last_id == 1, 20)


def test_a_busy_channel_holds_up_no_other(
    hub: Hub, channel: Channel, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two looks at a channel that goes on and on the others have theirs, and closing one is noticed."""
    quiet = Channel.objects.create(network=channel.network, name="#quiet")
    busy_stream, quiet_stream = follow(channel), follow(quiet)
    wait_for(lambda: all(feed.last_id is not None and feed.verified_at for feed in hub.feeds.values()))
    deliver = hub.deliver
    busy = hub.feeds[channel.pk]

    def deliver_and_more(feed: object, events: list[object]) -> None:
        deliver(feed, events)  # type: ignore[arg-type]
        if feed is busy and quiet_stream.is_open:
            write(channel, 1)
            gevent.sleep(0.02)  # it is announced before anything else is looked at

    monkeypatch.setattr(hub, "deliver", deliver_and_more)
    write(channel, 1)
    wait_for(lambda: (busy.last_id or 0) > 5, 20)
    Channel.objects.filter(pk=quiet.pk).update(visibility="members")
    wait_for(lambda: not quiet_stream.is_open, 20)
    assert busy_stream.is_open
