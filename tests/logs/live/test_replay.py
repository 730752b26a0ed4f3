"""Where a replay ends and live begins: every missed event once, in order, also at the exact size of a page."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator, Sequence

import gevent
import pytest

from logs.live import listener as listener_module
from logs.live.backplane import RECENT_EVENTS, Announcements, BackplaneError, ChannelState, FollowedChannel
from logs.live.hub import Hub
from logs.live.listener import Listener
from logs.live.service import PAGE_SIZE, ReplayQueue
from logs.live.sse import Event, reload_block
from logs.live.streams import MAX_MISSED_EVENTS, Stream
from tests.processes import wait_for

LIVE = re.compile(rb'id: \d+\nevent: live\ndata: {"id":\d+}\n\n')
CHANNEL = FollowedChannel(1, "/testnet/garden/", "public")


class FakeBackplane:
    """A backplane in memory. `last_id` may be higher than that of the last event, as after an erasure."""

    def __init__(self, count: int) -> None:
        self.events = [_event(number) for number in range(1, count + 1)]
        self.last_id = count
        self.during_fetch: Callable[[int], None] = lambda _after: None
        self.oldest_kept = 1
        self.failures = 0
        self.batches: list[Announcements] = []
        self.state_queries = 0

    def add(self, count: int) -> None:
        self.events += [_event(number) for number in range(self.last_id + 1, self.last_id + count + 1)]
        self.last_id += count

    def connect(self) -> None: ...

    def close(self) -> None: ...

    def wait(self, seconds: float) -> Announcements:
        gevent.sleep(min(seconds, 0.01))
        return self.batches.pop(0) if self.batches else Announcements()

    def fetch_states(self, channels: list[int]) -> dict[int, ChannelState]:
        self.state_queries += 1
        return dict.fromkeys(channels, ChannelState("public", self.last_id))

    def fetch_reasons(self, _channels: list[int]) -> dict[int, str | None]:
        return {}

    def fetch_newest(self, _channel: FollowedChannel) -> list[Event]:
        return self.events[-RECENT_EVENTS:]

    def fetch_newer(self, _channel: FollowedChannel, after: int, limit: int) -> list[Event] | None:
        if self.failures:
            self.failures -= 1
            raise BackplaneError("away")
        if after + 1 < self.oldest_kept:
            return None
        events = [event for event in self.events if event.id > after][:limit]
        self.during_fetch(after)
        return events

    def fetch_newer_of(
        self, places: Sequence[tuple[FollowedChannel, int]], limit: int
    ) -> Iterator[tuple[FollowedChannel, list[Event] | None]]:
        for channel, after in places:
            yield channel, self.fetch_newer(channel, after, limit)


def _event(number: int) -> Event:
    return Event(number, b"%d\n" % number, b"record")


class Live:
    """A hub with its replays; `update` delivers what the backplane has and the feed has not."""

    def __init__(self, backplane: FakeBackplane) -> None:
        self.backplane = backplane
        self.hub = Hub(10, 10)
        self.replays = ReplayQueue(self.hub, backplane)
        self.hub.request_replay = self.replays.put
        self.listener = Listener(self.hub, backplane)
        self.feed = self.hub.get_or_create_feed(CHANNEL)
        self.hub.start_feed(self.feed, backplane.fetch_newest(CHANNEL))
        self.jobs = [gevent.spawn(self.replays.run) for _ in range(2)]
        self.readers: list[socket.socket] = []

    def connect(self, after: int) -> Stream:
        reader, ours = socket.socketpair()
        self.readers.append(reader)
        stream = Stream(ours.detach(), socket.AF_UNIX, after, self.hub)
        self.hub.subscribe(self.feed, stream)
        return stream

    def update(self) -> None:
        self.listener._expect(CHANNEL.id, self.backplane.last_id)
        while self.listener.pending:
            self.listener._fetch_pending()

    def received(self, number: int = 0) -> bytes:
        """What a reader was sent after the retry field."""
        self.readers[number].settimeout(0.2)
        data = b""
        try:
            while block := self.readers[number].recv(1_000_000):
                data += block
        except TimeoutError:
            pass
        return LIVE.sub(b"", data.partition(b"\n\n")[2])

    def close(self) -> None:
        gevent.killall(self.jobs)
        for stream in self.feed.streams():
            stream.disconnect("gone")
        for reader in self.readers:
            reader.close()


@pytest.fixture
def start() -> Iterator[Callable[[int], Live]]:
    started: list[Live] = []

    def start(count: int) -> Live:
        started.append(Live(FakeBackplane(count)))
        return started[-1]

    yield start
    for live in started:
        live.close()


def expect_live(live: Live, stream: Stream) -> None:
    wait_for(lambda: stream in live.feed.live, 5)


def numbers(first: int, last: int) -> bytes:
    return b"".join(b"%d\n" % number for number in range(first, last + 1))


@pytest.mark.parametrize(
    "missed_count",
    [RECENT_EVENTS, RECENT_EVENTS + 1, 2 * PAGE_SIZE - 1, 2 * PAGE_SIZE, 2 * PAGE_SIZE + 1, 3 * PAGE_SIZE],
)
def test_exactly_the_missed_events_come_and_then_live_ones(start: Callable[[int], Live], missed_count: int) -> None:
    live = start(1000)
    stream = live.connect(1000 - missed_count)
    expect_live(live, stream)
    live.backplane.add(1)
    live.update()
    assert live.received() == numbers(1001 - missed_count, 1001)
    assert (live.hub.metrics.replays > 0) == (missed_count > RECENT_EVENTS)


@pytest.mark.parametrize("is_full_page", [True, False])
@pytest.mark.parametrize("added", [1, RECENT_EVENTS - 1, RECENT_EVENTS, RECENT_EVENTS + 1, 3 * RECENT_EVENTS])
def test_events_stored_during_a_replay_come_once(start: Callable[[int], Live], added: int, is_full_page: bool) -> None:
    """While a page is read the feed moves on, by less or by more than its memory holds."""
    live = start(500)
    if is_full_page:
        after, missed = 500 - RECENT_EVENTS - 1, numbers(500 - RECENT_EVENTS, 500)
    else:  # most ids that the reader missed have no line
        after, missed = 0, numbers(1, 10) + numbers(321, 500)
        del live.backplane.events[10:320]

    def move_on(_after: int) -> None:
        live.backplane.during_fetch = lambda _after: None
        live.backplane.add(added)
        live.update()

    live.backplane.during_fetch = move_on
    expect_live(live, live.connect(after))
    assert live.received() == missed + numbers(501, 500 + added)


def test_a_replay_that_reads_more_than_the_feed_knows_waits_for_the_feed(start: Callable[[int], Live]) -> None:
    live = start(500)
    del live.backplane.events[10:340]
    live.backplane.add(10)
    stream = live.connect(0)
    wait_for(lambda: stream in live.feed.waiting, 5)
    live.backplane.add(1)
    live.update()
    expect_live(live, stream)
    assert live.received() == numbers(1, 10) + numbers(341, 511)


def test_readers_reload_what_the_backplane_no_longer_has(start: Callable[[int], Live]) -> None:
    """By a replay one reader, by the listener all who follow; exactly at the oldest event kept nothing is missing."""
    live = start(1000)
    live.backplane.oldest_kept = 701
    complete, incomplete = live.connect(700), live.connect(699)
    for stream in (complete, incomplete):
        expect_live(live, stream)
    assert live.received(0) == numbers(701, 1000)
    assert live.received(1) == reload_block(1000)
    live.backplane.add(10)
    live.backplane.oldest_kept = 1001
    live.update()
    assert live.readers[0].recv(1000) == numbers(1001, 1010)
    live.backplane.add(10)
    live.backplane.oldest_kept = 1012
    live.update()
    assert live.readers[0].recv(1000) == reload_block(1020)


def test_ids_without_a_line_at_the_end_do_not_hold_up_a_replay(start: Callable[[int], Live]) -> None:
    live = start(500)
    live.backplane.last_id = 504
    live.update()
    assert live.feed.last_id == 504
    stream = live.connect(500 - RECENT_EVENTS - 1)
    expect_live(live, stream)
    live.backplane.add(1)
    live.update()
    assert live.received() == numbers(500 - RECENT_EVENTS, 500) + b"505\n"


def test_a_replay_that_fails_is_tried_again_and_repeats_nothing(start: Callable[[int], Live]) -> None:
    live = start(1000)
    live.backplane.failures = 2
    stream = live.connect(100)
    expect_live(live, stream)
    assert live.received() == numbers(101, 1000)


def test_pages_of_the_listener_join_without_a_seam(
    start: Callable[[int], Live], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener_module, "PAGE_SIZE", 10)
    live = start(5)
    live.connect(5)
    for count in (9, 10, 11, 20, 1):
        live.backplane.add(count)
        live.update()
    assert live.received() == numbers(6, 56)


def test_only_more_than_the_limit_at_once_means_reload(start: Callable[[int], Live]) -> None:
    live = start(5)
    live.connect(5)
    live.feed.started_at -= 100
    live.backplane.add(MAX_MISSED_EVENTS)
    live.update()
    assert live.received() == numbers(6, 5 + MAX_MISSED_EVENTS)
    live.backplane.add(MAX_MISSED_EVENTS + 1)
    live.update()
    assert live.readers[0].recv(1000) == reload_block(2 * MAX_MISSED_EVENTS + 6)


@pytest.mark.parametrize("changed_first", [True, False])
def test_a_line_announced_together_with_a_change_of_visibility_is_delivered(
    start: Callable[[int], Live], monkeypatch: pytest.MonkeyPatch, changed_first: bool
) -> None:
    """Neither hides the other: the line is fetched and the visibility checked, long before the next regular check."""
    monkeypatch.setattr(listener_module, "VERIFY_SECONDS", 1000.0)
    live = start(5)
    live.connect(5)
    live.jobs.append(gevent.spawn(live.listener.update_feeds))
    wait_for(lambda: live.feed.verified_at)
    queries = live.backplane.state_queries
    live.backplane.add(1)
    batch = Announcements()
    for last_id in (0, 6) if changed_first else (6, 0):
        batch.add(CHANNEL.id, last_id)
    live.listener._handle(batch)
    wait_for(lambda: live.feed.last_id == 6 and live.backplane.state_queries > queries, 5)
    assert live.received() == b"6\n"
