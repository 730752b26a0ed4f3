"""All open streams of this process: who reads what, and sending to many at once without holding up pages."""
# MERGED: Long work in small bites: pages come first.

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable

import gevent
from gevent.event import Event as Signal

from logs.live.channel_stream import Feed, Followed
from logs.live.metrics import Counts
from logs.live.sse import HEARTBEAT, MARKUP, RECORD, Event, encoded, reload_block, retry_block
from logs.live.stream import Stream, write

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0
CERTAIN_SECONDS = 2.0
"""How long it counts that a channel was seen to be open to all; it is looked at every second."""

OPENING_SECONDS = 10.0
SLICE = 100
"""Streams written to before pages get their turn."""

LONGEST_PAUSE = 0.09
"""A line may wait so long for the next ones, and then for the sending of what it just missed: under 250 ms in all."""


class Hub:
    """`changed` is set when a feed wants to be looked at; `replay` is told of a stream that needs older lines."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self.most = most
        self.most_of_one = most_of_one
        self.feeds: dict[int, Feed] = {}
        self.paths: dict[str, Feed] = {}
        self.count = 0
        self.addresses: Counter[str] = Counter()
        self.closing = False
        self.opening: dict[str, Signal] = {}
        self.changed = Signal()
        self.replay: Callable[[Stream], None] = lambda _stream: None
        self.counts = Counts()
        self._dropped = 0

    @property
    def full(self) -> bool:
        return self.closing or self.count >= self.most

    def full_for(self, address: str) -> bool:
        """Whether one address has as many streams as one may have; those that a proxy does not tell are not counted."""
        return bool(address) and self.addresses[address] >= self.most_of_one

    def feed(self, followed: Followed) -> Feed:
        """The channel's feed; a new one asks to be looked at."""
        if followed.id not in self.feeds:
            feed = self.feeds[followed.id] = Feed(followed)
            self.paths[feed.path] = feed
            self.changed.set()
        return self.feeds[followed.id]

    def open_feed(self, path: str, visibility: str) -> Feed | None:
        """The feed at an address, if somebody follows it already and it is certain that it is still so visible."""
        feed = self.paths.get(path)
        if (
            feed is not None
            and feed.followed.visibility == visibility
            and time.monotonic() - feed.seen < CERTAIN_SECONDS
        ):
            return feed
        return None

    def wait_for_feed(self, path: str, visibility: str) -> Feed | None:
        """`open_feed`, but if somebody is about to open the feed this waits for it, so that a crowd asks only once."""
        if signal := self.opening.get(path):
            signal.wait(OPENING_SECONDS)
        return self.open_feed(path, visibility)

    def opened(self, path: str) -> None:
        """There is a feed now that is up to date, or there will be none."""
        if signal := self.opening.pop(path, None):
            signal.set()

    def subscribe(self, feed: Feed, stream: Stream, head: bytes = b"") -> None:
        """Takes a new stream, which begins with what is still to be said of the response."""
        self.count += 1
        self.counts.opened += 1
        if stream.address:
            self.addresses[stream.address] += 1
        if feed.last is not None:
            self.counts.came(max(0, feed.last - stream.after))
        stream.feed = feed
        stream.write(head + retry_block(1000, 3000))
        self.enter(stream)

    def enter(self, stream: Stream) -> None:
        if stream.open and stream.feed is not None and not stream.feed.admit(stream):
            self.replay(stream)

    def begin(self, feed: Feed, newest: list[Event]) -> None:
        """Starts a feed; whoever is live already has missed too much to be sent it."""
        live = list(feed.live)
        feed.begin(newest)
        self.opened(feed.path)
        self._enter_waiting(feed)
        self.send(live, reload_block(newest[-1].id if newest else 0))

    def deliver(self, feed: Feed, events: list[Event]) -> None:
        """Sends new lines to the channel's streams; returns when all have been written to, and a little later."""
        live = feed.extend(events)
        self._enter_waiting(feed)
        started = time.monotonic()
        for form in (MARKUP, RECORD):
            if streams := [stream for stream in live if stream.form == form]:
                block = encoded(events, form)
                self.send(streams, block)
                self.counts.bytes += len(streams) * len(block)
        self.counts.deliveries += len(live) * len(events)
        if len(live) > SLICE:  # lines that come meanwhile are sent together: the only thing that makes sending cheaper
            gevent.sleep(min(2.2 * (time.monotonic() - started), LONGEST_PAUSE))

    def send(self, streams: list[Stream], block: bytes) -> None:
        for start in range(0, len(streams), SLICE):
            if start:
                breathe()
            write(streams[start : start + SLICE], block)

    def end(self, feed: Feed, reason: str, least: int = 1000, most: int = 3000) -> None:
        """Closes all streams of a channel; whoever may still read comes back."""
        self._forget(feed)
        for number, stream in enumerate(feed.streams()):
            stream.write(retry_block(least, most))
            stream.leave(reason)
            if number % SLICE == SLICE - 1:
                gevent.sleep(0)

    def say_bye(self) -> None:
        """Closes every stream and takes no new ones: the process ends. Readers come back, but not at once."""
        self.closing = True
        for feed in list(self.feeds.values()):
            self.end(feed, "bye", 1000, 4000)

    def drop_empty(self) -> None:
        for feed in [feed for feed in self.feeds.values() if not feed]:
            self._forget(feed)

    def beat(self) -> None:
        """Runs for ever: keeps streams alive that have nothing to say."""
        while True:
            gevent.sleep(HEARTBEAT_SECONDS)
            for feed in list(self.feeds.values()):
                self.send(feed.streams(), HEARTBEAT)
            self._tell_of_slow()

    def left(self, stream: Stream, reason: str) -> None:
        self.count -= 1
        if stream.address:
            self.addresses[stream.address] -= 1
            if not self.addresses[stream.address]:
                del self.addresses[stream.address]
        self.counts.closed[reason] += 1
        if stream.feed is not None:
            stream.feed.discard(stream)

    def drained(self, stream: Stream) -> None:
        if stream.feed is not None and stream in stream.feed.replaying:
            self.replay(stream)

    def _forget(self, feed: Feed) -> None:
        self.feeds.pop(feed.followed.id, None)
        self.paths.pop(feed.path, None)
        self.opened(feed.path)

    def _enter_waiting(self, feed: Feed) -> None:
        waiting: Iterable[Stream] = list(feed.waiting)
        for stream in waiting:
            self.enter(stream)

    def _tell_of_slow(self) -> None:
        dropped = self.counts.closed["slow"]
        if dropped > self._dropped:
            logger.info("%d live readers did not keep up and were dropped; they may come back", dropped - self._dropped)
        self._dropped = dropped


LONGEST_BREATH = 0.05


def breathe() -> None:
    """Lets everything else go first, as long as there is something else, but not for ever."""
    gevent.with_timeout(LONGEST_BREATH, gevent.idle, timeout_value=None)
