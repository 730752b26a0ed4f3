"""All open streams of this process, by channel; sends to many at once without holding up pages."""

from __future__ import annotations

import logging
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf

import gevent
from gevent.event import Event as Signal

from logs.live.backplane import FollowedChannel
from logs.live.combined import CombinedStream
from logs.live.sse import HEARTBEAT, Event, encode_events, reload_block, retry_block, state_block
from logs.live.streams import Feed, Follower, Stream, write_to_all
from logs.sharing.limits import Counts, LocalCounts

MISSED_BUCKETS = (0, 1, 10, 100, 1000, 5000, inf)


@dataclass(slots=True)
class LiveMetrics:
    """Totals since the process started."""

    opened: int = 0
    closed: Counter[str] = field(default_factory=Counter)
    """Closed streams by reason."""

    deliveries: int = 0
    """Events times the streams that they were sent to."""

    bytes: int = 0
    missed: Counter[float] = field(default_factory=Counter)
    """New streams by how many events their reader had missed: the smallest of `MISSED_BUCKETS` that is enough."""

    missed_total: int = 0
    replays: int = 0
    """Pages of older events that were requested, and below the events in them."""

    replayed: int = 0
    updates: int = 0
    """Announcements that were processed, and below the seconds from receiving each to having sent its lines."""

    update_seconds: float = 0.0
    is_disconnected: bool = True
    """Whether announcements do not arrive at the moment."""

    def record_missed(self, events: int) -> None:
        self.missed[MISSED_BUCKETS[bisect_left(MISSED_BUCKETS, events)]] += 1
        self.missed_total += events


logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0
VERIFIED_SECONDS = 2.0
"""How long a visibility counts as verified; the listener verifies every second."""

OPENING_SECONDS = 10.0
STREAMS_PER_BATCH = 200
"""Streams written to before pages get their turn: a millisecond."""

MAX_YIELD_SECONDS = 0.05

MIN_RETURN_MS, RETURN_SPREAD_MS = 1000, 3000
"""When readers come back after the end of a process: by then it has closed its listening socket."""

MAX_COMBINED_CHANNELS = 100_000
"""Channels of all combined streams together: each costs a third of a kilobyte."""

MAX_COMBINED_CHANNELS_PER_ADDRESS = 10_000
NO_LIMIT = 2**31


class Hub:
    """`needs_update` wakes the listener; `request_replay` is called with a stream that needs older events.

    `opening` holds a signal for each path whose feed a request is about to create. `counts` are those by address, of
    all processes of the site. A stream that opens in another process at the same moment may pass the limit by one.
    """

    def __init__(self, max_streams: int, max_per_address: int, counts: Counts | None = None) -> None:
        self.max_streams = max_streams
        self.max_per_address = max_per_address
        self.feeds: dict[int, Feed] = {}
        self.feeds_by_path: dict[str, Feed] = {}
        self.stream_count = 0
        self.counts: Counts = counts or LocalCounts()
        self.combined: dict[CombinedStream, None] = {}
        self.combined_channels = 0
        self.is_closing = False
        self.opening: dict[str, Signal] = {}
        self.needs_update = Signal()
        self.request_replay: Callable[[Follower], None] = lambda _stream: None
        self.metrics = LiveMetrics()
        self._slow_logged = 0

    @property
    def is_full(self) -> bool:
        return self.is_closing or self.stream_count >= self.max_streams

    def is_full_for(self, address: str) -> bool:
        """Whether an address has its maximum of streams. Clients whose proxy hides the address are not limited."""
        return bool(address) and self.counts.count(streams_of(address)) >= self.max_per_address

    def has_room_for(self, channels: int) -> bool:
        """Whether another combined stream may have this many channels."""
        return self.combined_channels + channels <= MAX_COMBINED_CHANNELS

    def has_room_for_address(self, channels: int, address: str) -> bool:
        of_address = self.counts.count(channels_of(address)) if address else 0
        return of_address + channels <= MAX_COMBINED_CHANNELS_PER_ADDRESS

    def get_or_create_feed(self, channel: FollowedChannel, *, needs_memory: bool = True) -> Feed:
        """Return the channel's feed; a new one is filled by the listener."""
        feed = self.feeds.get(channel.id)
        if feed is None:
            feed = self.feeds[channel.id] = Feed(channel, needs_memory=needs_memory)
            self.feeds_by_path[feed.path] = feed
            self.needs_update.set()
        elif needs_memory and not feed.needs_memory:
            feed.needs_memory = True
            self.needs_update.set()
        return feed

    def find_verified_feed(self, path: str, visibility: str) -> Feed | None:
        """Return the feed at a path, if it can serve many readers and is certain to have this visibility still."""
        feed = self.feeds_by_path.get(path)
        if (
            feed is not None
            and feed.needs_memory
            and feed.channel.visibility == visibility
            and time.monotonic() - feed.verified_at < VERIFIED_SECONDS
        ):
            return feed
        return None

    def wait_for_feed(self, path: str, visibility: str) -> Feed | None:
        """Like `find_verified_feed`, but wait for a request that is about to create the feed.

        When all readers of a channel come back at once, only the first needs the database.
        """
        if signal := self.opening.get(path):
            signal.wait(OPENING_SECONDS)
        return self.find_verified_feed(path, visibility)

    def finish_opening(self, path: str) -> None:
        """Wake the requests that wait for a feed: it is up to date now, or will not exist."""
        if signal := self.opening.pop(path, None):
            signal.set()

    def subscribe(self, feed: Feed, stream: Stream, head: bytes = b"") -> None:
        """Add a new stream; `head` is what of the response is still to be sent before the events."""
        self._count_opened(stream)
        if feed.last_id is not None:
            self.metrics.record_missed(max(0, feed.last_id - stream.after))
        stream.feed = feed
        state = b"" if feed.why_not is None else state_block(feed.why_not)
        self.admit(stream, head + retry_block(1000, 3000) + state)

    def subscribe_combined(
        self, stream: CombinedStream, channels: list[tuple[FollowedChannel, int]], head: bytes = b""
    ) -> None:
        """Add a new stream of several channels, of each after the id that stands beside it."""
        self._count_opened(stream)
        self.combined[stream] = None
        self.combined_channels += len(channels)
        stream.channel_count = len(channels)
        self._count_for_address(channels_of, stream, len(channels))
        stream.write(head + retry_block(1000, 3000))
        feeds = [(self.get_or_create_feed(channel, needs_memory=False), after) for channel, after in channels]
        for subscription in stream.subscribe(feeds):
            if subscription.feed is not None and subscription.feed.why_not:
                subscription.send_state(subscription.feed.why_not)
            self.admit(subscription)

    def _count_opened(self, stream: Stream) -> None:
        self.stream_count += 1
        self.metrics.opened += 1
        self._count_for_address(streams_of, stream, 1)

    def _count_for_address(self, key_of: Callable[[str], str], stream: Stream, amount: int) -> None:
        if stream.address and amount:
            self.counts.add([(key_of(stream.address), NO_LIMIT)], amount)

    def admit(self, stream: Follower, head: bytes = b"") -> None:
        if stream.is_open and stream.feed is not None and not stream.feed.admit(stream, head):
            self.request_replay(stream)

    def start_feed(self, feed: Feed, newest: list[Event]) -> None:
        """Start a feed; streams that are live already have missed too much and are told to reload."""
        # The list before anything else: streams admitted below are up to date, and must not reload.
        live, individual = list(feed.live), list(feed.individual)
        feed.start(newest)
        self.finish_opening(feed.path)
        self._admit_waiting(feed)
        last_id = newest[-1].id if newest else 0
        self.send(live, reload_block(last_id))
        for follower in individual:
            follower.write(follower.encode_reload(last_id))

    def start_feed_without_memory(self, feed: Feed, last_id: int) -> None:
        feed.start_without_memory(last_id)
        self._admit_waiting(feed)

    def deliver(self, feed: Feed, events: list[Event]) -> None:
        """Send new events to the channel's streams; returns when all have been written to."""
        # `append` moves `last_id` forward and lists the live streams in one step without a switch: whoever becomes live
        # after it, here or while `send` yields, is given these events by `admit` from memory, and only by that.
        live = feed.append(events)
        individual = list(feed.individual)
        self._admit_waiting(feed)
        started = time.monotonic()
        forms = set(feed.live.values())
        for form in forms:
            # Nearly always all have one form: a list of thousands is not gone through for that.
            if streams := live if len(forms) == 1 else [stream for stream in live if stream.form == form]:
                block = encode_events(events, form)
                self.send(streams, block)
                self.metrics.bytes += len(streams) * len(block)
        self._deliver_individually(individual, events)
        self.metrics.deliveries += len(live) * len(events)
        if len(live) > STREAMS_PER_BATCH:
            feed.merging.plan(len(events), started, time.monotonic())
        else:
            feed.merging.stop()

    def _deliver_individually(self, followers: list[Follower], events: list[Event]) -> None:
        for number, follower in enumerate(followers, 1):
            if follower.is_open and (block := follower.encode(events)):
                follower.write(block)
                self.metrics.deliveries += len(events)
                self.metrics.bytes += len(block)
            if number % STREAMS_PER_BATCH == 0:
                yield_to_pages()

    def send(self, streams: list[Stream], block: bytes) -> None:
        for start in range(0, len(streams), STREAMS_PER_BATCH):
            if start:
                yield_to_pages()
            write_to_all(streams[start : start + STREAMS_PER_BATCH], block)

    def send_state(self, feed: Feed, why_not: str | None) -> None:
        """Send a channel's readers whether it is logged, if that has changed; for archives nothing is sent."""
        if why_not != feed.why_not:
            feed.why_not = why_not
            if why_not is not None:
                self.send(list(feed.live), state_block(why_not))
                for follower in [*feed.individual, *feed.waiting, *feed.replaying]:
                    follower.send_state(why_not)

    def close_feed(self, feed: Feed, reason: str, min_retry_ms: int = 1000, max_retry_ms: int = 3000) -> None:
        """Close all streams of a channel; readers who may still read it come back."""
        # Removed first: a reader who comes back while the loop yields must get a new feed, not this one.
        self._remove_feed(feed)
        for number, stream in enumerate(feed.streams()):
            stream.end(reason, min_retry_ms, max_retry_ms)
            if number % STREAMS_PER_BATCH == STREAMS_PER_BATCH - 1:
                gevent.sleep(0)

    def shut_down(self, *, is_replaced: bool = False) -> None:
        """Close every stream and accept no new ones, before the process ends. Readers come back, but not at once.

        If other processes are ready for them (`is_replaced`), few readers come back sooner than many.
        """
        self.is_closing = True
        spread_ms = min(self.stream_count, RETURN_SPREAD_MS) if is_replaced else RETURN_SPREAD_MS
        for feed in list(self.feeds.values()):
            self.close_feed(feed, "bye", MIN_RETURN_MS, MIN_RETURN_MS + spread_ms)

    def drop_empty_feeds(self) -> None:
        for feed in [feed for feed in self.feeds.values() if not feed]:
            self._remove_feed(feed)

    def run_heartbeat(self) -> None:
        """Keep idle streams alive. Never returns."""
        while True:
            gevent.sleep(HEARTBEAT_SECONDS)
            for feed in list(self.feeds.values()):
                self.send(list(feed.live), HEARTBEAT)
                self._beat([*feed.individual, *feed.waiting, *feed.replaying])
            self._beat(list(self.combined))
            self._log_slow_readers()

    def _beat(self, followers: Sequence[Follower]) -> None:
        for number, follower in enumerate(followers, 1):
            follower.send_heartbeat()
            if number % STREAMS_PER_BATCH == 0:
                yield_to_pages()

    def stream_closed(self, stream: Stream, reason: str) -> None:
        """Called by the stream, from the event loop: must not switch greenlets."""
        self.stream_count -= 1
        if stream.address:
            self.counts.remove([streams_of(stream.address)])
        self.metrics.closed[reason] += 1
        for follower in stream.followers():
            if follower.feed is not None:
                follower.feed.discard(follower)
        if isinstance(stream, CombinedStream):
            self.combined.pop(stream, None)
            self.combined_channels -= stream.channel_count
            if stream.address and stream.channel_count:
                self.counts.remove([channels_of(stream.address)], stream.channel_count)

    def backlog_sent(self, stream: Stream) -> None:
        """Called by the stream, from the event loop: a replay continues as fast as its reader reads."""
        for follower in stream.followers():
            if follower.feed is not None and follower in follower.feed.replaying:
                self.request_replay(follower)

    def _remove_feed(self, feed: Feed) -> None:
        self.feeds.pop(feed.channel.id, None)
        self.feeds_by_path.pop(feed.path, None)
        self.finish_opening(feed.path)

    def _admit_waiting(self, feed: Feed) -> None:
        for stream in list(feed.waiting):
            self.admit(stream)

    def _log_slow_readers(self) -> None:
        slow = self.metrics.closed["slow"]
        if slow > self._slow_logged:
            logger.info("%d live readers were too slow and were dropped; they may come back", slow - self._slow_logged)
        self._slow_logged = slow


def streams_of(address: str) -> str:
    """The key of the open streams of an address."""
    return f"streams of {address}"


def channels_of(address: str) -> str:
    """The key of the channels in all combined streams of an address."""
    return f"channels of {address}"


def yield_to_pages() -> None:
    """Let all other greenlets run while they have something to do, but only for `MAX_YIELD_SECONDS`."""
    gevent.with_timeout(MAX_YIELD_SECONDS, gevent.idle, timeout_value=None)
