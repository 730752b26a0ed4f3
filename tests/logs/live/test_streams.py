"""A feed's memory at its exact boundaries: what a reader with each id is sent, and by whom."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator

import pytest

from logs.live import streams
from logs.live.backplane import RECENT_EVENTS, FollowedChannel
from logs.live.sse import Event, reload_block
from logs.live.streams import MAX_MISSED_EVENTS, Feed, Stream

LIVE = re.compile(rb'id: \d+\nevent: live\ndata: {"id":\d+}\n\n')
Open = Callable[[int], "Reader"]


class Observer:
    """Records why streams were closed."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.backlogs_sent = 0

    def stream_closed(self, _stream: Stream, reason: str) -> None:
        self.reasons.append(reason)

    def backlog_sent(self, _stream: Stream) -> None:
        self.backlogs_sent += 1


class Reader:
    """A stream and its other end; what it is sent but the event that it has caught up."""

    def __init__(self, after: int, observer: Observer) -> None:
        self.socket, ours = socket.socketpair()
        self.socket.setblocking(False)
        self.stream = Stream(ours.detach(), socket.AF_UNIX, after, observer)

    def received(self) -> bytes:
        data = b""
        try:
            while block := self.socket.recv(1_000_000):
                data += block
        except BlockingIOError:
            pass
        return LIVE.sub(b"", data)

    def ids(self) -> list[int]:
        return [int(part) for part in self.received().split()]


@pytest.fixture
def observer() -> Observer:
    return Observer()


@pytest.fixture
def connect(observer: Observer) -> Iterator[Open]:
    readers: list[Reader] = []

    def connect(after: int) -> Reader:
        readers.append(Reader(after, observer))
        return readers[-1]

    yield connect
    for reader in readers:
        reader.stream.disconnect("gone")
        reader.socket.close()


def event(number: int, removes: int | None = None) -> Event:
    return Event(number, b"%d\n" % number, b"record", removes)


def feed_of(first: int, last: int) -> Feed:
    feed = Feed(FollowedChannel(1, "/testnet/garden/", "public"))
    feed.start([event(number) for number in range(first, last + 1)])
    return feed


def served_from_memory(feed: Feed, reader: Reader) -> bool:
    """Whether the feed brought the reader up to date; otherwise it waits for a replay and was sent nothing."""
    admitted = feed.admit(reader.stream)
    assert (reader.stream in feed.live) == admitted
    assert (reader.stream in feed.replaying) != admitted
    return admitted


def test_a_reader_exactly_at_the_floor_is_served_from_memory(connect: Open) -> None:
    feed = feed_of(101, 100 + RECENT_EVENTS)
    at_floor, below = connect(100), connect(99)
    assert served_from_memory(feed, at_floor)
    assert at_floor.ids() == list(range(101, 101 + RECENT_EVENTS))
    assert not served_from_memory(feed, below)
    assert below.ids() == []


def test_the_floor_moves_with_every_event_that_memory_drops(connect: Open) -> None:
    feed = feed_of(101, 100 + RECENT_EVENTS)
    newest = 100 + RECENT_EVENTS
    for dropped in (1, 2, 3):
        newest += 1
        feed.append([event(newest)])
        at_floor, below = connect(100 + dropped), connect(99 + dropped)
        assert served_from_memory(feed, at_floor)
        assert at_floor.ids() == list(range(101 + dropped, newest + 1))
        assert not served_from_memory(feed, below)
        below.stream.disconnect("gone")


def test_a_batch_that_replaces_all_of_memory_moves_the_floor_to_the_last_event_dropped(connect: Open) -> None:
    feed = feed_of(1, 10)
    feed.append([event(number) for number in range(11, 2 * RECENT_EVENTS + 1)])
    at_floor, below = connect(RECENT_EVENTS), connect(RECENT_EVENTS - 1)
    assert served_from_memory(feed, at_floor)
    assert at_floor.ids() == list(range(RECENT_EVENTS + 1, 2 * RECENT_EVENTS + 1))
    assert not served_from_memory(feed, below)


def test_memory_that_is_full_for_the_first_time_has_dropped_nothing(connect: Open) -> None:
    feed = feed_of(5, 4 + RECENT_EVENTS - 1)
    feed.append([event(4 + RECENT_EVENTS)])
    reader = connect(0)
    assert served_from_memory(feed, reader)
    assert reader.ids() == list(range(5, 5 + RECENT_EVENTS))


@pytest.mark.parametrize("count", [0, 1, RECENT_EVENTS - 1])
def test_a_channel_with_few_events_serves_readers_from_the_beginning(connect: Open, count: int) -> None:
    feed = feed_of(5, 4 + count)
    reader = connect(0)
    assert served_from_memory(feed, reader)
    assert reader.ids() == list(range(5, 5 + count))


def test_a_reader_gets_exactly_the_events_after_its_own(connect: Open) -> None:
    feed = feed_of(1, 50)
    for after in (0, 1, 48, 49, 50):
        reader = connect(after)
        assert served_from_memory(feed, reader)
        assert reader.ids() == list(range(after + 1, 51))


def test_a_reader_one_event_ahead_waits_for_it_and_gets_the_next(connect: Open) -> None:
    feed = feed_of(1, 50)
    reader = connect(51)
    assert feed.admit(reader.stream)
    assert reader.stream in feed.waiting
    assert feed.append([event(51)]) == []
    assert served_from_memory(feed, reader)
    assert reader.ids() == []
    assert feed.append([event(52)]) == [reader.stream]


def test_a_removed_line_is_not_served_and_the_floor_stays(connect: Open) -> None:
    feed = feed_of(101, 100 + RECENT_EVENTS)
    newest = 101 + RECENT_EVENTS
    feed.append([event(newest, removes=150)])
    at_floor, below = connect(100), connect(99)
    assert served_from_memory(feed, at_floor)
    assert at_floor.ids() == [number for number in range(101, newest + 1) if number != 150]
    assert not served_from_memory(feed, below)


def test_only_a_reader_who_missed_more_than_the_limit_reloads(connect: Open) -> None:
    newest = MAX_MISSED_EVENTS + 1000
    feed = feed_of(newest - RECENT_EVENTS + 1, newest)
    within, beyond = connect(newest - MAX_MISSED_EVENTS), connect(newest - MAX_MISSED_EVENTS - 1)
    assert not served_from_memory(feed, within)
    assert served_from_memory(feed, beyond)
    assert beyond.received() == reload_block(newest)


def test_only_unknown_ids_among_the_waiting_are_reloaded(connect: Open) -> None:
    feed = feed_of(1, 50)
    waiting, live, replaying = connect(60), connect(50), connect(40)
    for reader in (waiting, live, replaying):
        feed.admit(reader.stream)
    assert replaying.ids() == list(range(41, 51))
    feed.reload_unknown([waiting.stream, live.stream])
    assert waiting.received() == reload_block(50)
    assert live.received() == b""
    assert feed.append([event(51)]) == [live.stream, replaying.stream, waiting.stream]


def test_a_closed_stream_is_in_no_group(connect: Open, observer: Observer) -> None:
    feed = feed_of(1, 50)
    reader = connect(40)
    reader.socket.close()
    assert feed.admit(reader.stream)
    assert not reader.stream.is_open
    assert len(feed) == 0
    assert observer.reasons == ["gone"]


def test_a_block_never_overtakes_the_backlog(connect: Open, observer: Observer) -> None:
    reader = connect(0)
    first = b"a" * 400_000  # more than the socket accepts at once, and than a backlog may hold: allowed for one block
    reader.stream.write(first)
    assert reader.stream.backlog
    data = reader.received()
    reader.stream.write(b"last")
    while reader.stream.backlog:
        reader.stream._on_writable()
        data += reader.received()
    assert data + reader.received() == first + b"last"
    assert observer.backlogs_sent == 1
    assert observer.reasons == []


def test_a_backlog_may_reach_the_limit_and_no_more(
    connect: Open, observer: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = connect(0)
    reader.stream.write(b"a" * 400_000)
    queued = len(reader.stream.backlog or b"")
    monkeypatch.setattr(streams, "MAX_BACKLOG_BYTES", queued + 10)
    reader.stream.write(b"b" * 10)
    assert (reader.stream.is_open, observer.reasons) == (True, [])
    reader.stream.write(b"c")
    assert (reader.stream.is_open, observer.reasons) == (False, ["slow"])


def test_writing_to_a_stream_that_was_closed_reaches_nobody(connect: Open, observer: Observer) -> None:
    """Its descriptor's number belongs to the next connection by then."""
    left = connect(0)
    number = left.stream.fileno()
    left.stream.disconnect("closed")
    newcomer = connect(0)
    assert number in {newcomer.stream.fileno(), newcomer.socket.fileno()}
    streams.write_to_all([left.stream, newcomer.stream], b"1\n")
    left.stream.disconnect("again")
    assert newcomer.ids() == [1]
    assert observer.reasons == ["closed"]
