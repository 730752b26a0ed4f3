"""The listener in this process, with a hub and a stream of its own."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator

import gevent
import pytest
from django.db import connection
from gevent.event import Event
from gevent.socket import wait_read

from logs.live import listener
from logs.live.backplane import Announcements, FollowedChannel
from logs.live.backplane.database import NEWER
from logs.live.backplane.postgres import PostgresBackplane, wait_for_input
from logs.live.hub import Hub
from logs.live.sse import Event as LiveEvent
from logs.live.streams import Feed, Stream
from logs.models import Channel
from tests.logs.live.reader import write
from tests.processes import wait_for

Follow = Callable[[Channel], Stream]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that hears announcements, but looks at nothing unasked."""
    monkeypatch.setattr(listener, "VERIFY_SECONDS", 1000.0)
    hub, backplane = Hub(50, 50), PostgresBackplane()
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
    stream, other_stream = follow(channel), follow(other)
    wait_for(lambda: all(feed.last_id is not None and feed.verified_at for feed in hub.feeds.values()))
    Channel.objects.filter(pk=channel.pk).update(visibility="members")
    wait_for(lambda: not stream.is_open, 20)
    assert hub.metrics.closed == {"closed": 1}
    assert other_stream.is_open
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
            connection.close()
            gevent.sleep(0.02)  # it is announced before anything else is looked at

    monkeypatch.setattr(hub, "deliver", deliver_and_more)
    write(channel, 1)
    wait_for(lambda: (busy.last_id or 0) > 5, 20)
    Channel.objects.filter(pk=quiet.pk).update(visibility="members")
    wait_for(lambda: not quiet_stream.is_open, 20)
    assert busy_stream.is_open


def test_live_needs_no_connection_that_pages_may_hold(hub: Hub, channel: Channel, follow: Follow) -> None:
    pool = connection.pool
    done = Event()

    def hold() -> None:
        connection.ensure_connection()
        done.wait()
        connection.close()

    write(channel, 1)  # this test's own connection stays borrowed, too
    pages = [gevent.spawn(hold) for _ in range(pool.maxsize - pool.borrowed)]
    try:
        wait_for(lambda: pool.borrowed == pool.maxsize)
        follow(channel)
        newest = write(channel, 3)
        wait_for(lambda: hub.feeds[channel.pk].last_id == newest, 20)
        assert pool.borrowed == pool.maxsize
    finally:
        done.set()
        gevent.joinall(pages)


def test_one_query_fetches_the_lines_of_all_channels(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """And each channel is sent its own, up to a page."""
    hub, backplane = Hub(50, 50), PostgresBackplane()
    listening = listener.Listener(hub, backplane)
    channels = [channel, *(Channel.objects.create(network=channel.network, name=f"#c{n}") for n in range(30))]
    feeds = [hub.get_or_create_feed(FollowedChannel(row.pk, row.get_absolute_url(), "public")) for row in channels]
    listening._fetch_pending()
    expected = {}
    for number, row in enumerate(channels):
        newest = write(row, number + 1)
        listening._expect(row.pk, newest)
        expected[row.pk] = [f"line {line}" for line in range(number + 1)]
    executed: list[str] = []
    execute = backplane.reader._execute
    monkeypatch.setattr(
        backplane.reader, "_execute", lambda statement, rest: executed.append(statement) or execute(statement, rest)
    )
    listening._fetch_pending()
    backplane.close()
    assert executed == [NEWER]
    page = listener.MIN_PER_CHANNEL
    texts = {feed.channel.id: re.findall(r"line \d+", str(list(feed.recent))) for feed in feeds}
    shown = {number: list(dict.fromkeys(found)) for number, found in texts.items()}
    assert shown == {number: lines[:page] for number, lines in expected.items()}
    assert sorted(listening.pending) == [row.pk for row in channels[page:]]


def test_a_channel_that_collects_lines_holds_up_no_other(channel: Channel) -> None:
    hub, backplane = Hub(50, 50), PostgresBackplane()
    listening = listener.Listener(hub, backplane)
    quiet = Channel.objects.create(network=channel.network, name="#quiet")
    feeds = [
        hub.get_or_create_feed(FollowedChannel(row.pk, row.get_absolute_url(), "public")) for row in (channel, quiet)
    ]
    listening._fetch_pending()
    feeds[0].merging.lines, feeds[0].merging.patience = 2, 1000.0
    for row in (channel, quiet):
        listening._expect(row.pk, write(row, 1))
    hub.needs_update.clear()
    listening._fetch_pending()
    assert [feed.last_id for feed in feeds] == [0, 1]
    assert not hub.needs_update.is_set()  # nothing is due, so nothing is asked again at once
    assert listening._next_due() == listening.announced_at[channel.pk] + 1000
    # The second line is the last one that it waits for.
    listening._expect(channel.pk, write(channel, 1))
    assert listening._next_due() == 0
    listening._fetch_pending()
    backplane.close()
    assert [feed.last_id for feed in feeds] == [2, 1]
    assert listening.pending == {}


def test_nothing_is_sent_once_somebody_lost_the_right_to_read(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the query that found the lines was before the change."""
    hub, backplane = Hub(50, 50), PostgresBackplane()
    listening = listener.Listener(hub, backplane)
    other = Channel.objects.create(network=channel.network, name="#other")
    for row in (channel, other):
        hub.get_or_create_feed(FollowedChannel(row.pk, row.get_absolute_url(), "public"))
    listening._fetch_pending()
    for row in (channel, other):
        listening._expect(row.pk, write(row, 1))
    deliver = hub.deliver

    def deliver_and_close(feed: Feed, events: list[LiveEvent]) -> None:
        deliver(feed, events)
        listening._handle(Announcements(visibility_changes={other.pk}))

    monkeypatch.setattr(hub, "deliver", deliver_and_close)
    listening._fetch_pending()
    backplane.close()
    assert [feed.last_id for feed in hub.feeds.values()] == [1, 0]


def test_what_waits_for_live_runs_before_pages() -> None:
    """Of greenlets whose input has arrived, those of live go first, however many others waited before them."""
    pairs = [socket.socketpair() for _ in range(20)]
    order: list[str] = []

    def wait_as_page(descriptor: int) -> None:
        wait_read(descriptor)
        order.append("page")

    def wait_as_live(descriptor: int) -> None:
        assert wait_for_input(descriptor, 10)
        order.append("live")

    jobs = [gevent.spawn(wait_as_page, ours.fileno()) for ours, _ in pairs[:-1]]
    jobs.append(gevent.spawn(wait_as_live, pairs[-1][0].fileno()))
    gevent.sleep(0)
    for _, theirs in pairs:
        theirs.send(b".")
    gevent.joinall(jobs)
    for pair in pairs:
        for end in pair:
            end.close()
    assert order == ["live", *["page"] * 19]
