"""Replays events to streams that missed more than memory holds: page by page, a few streams at a time, in turn."""

from __future__ import annotations

import gevent
from gevent.queue import SimpleQueue

from logs.background import Backoff
from logs.live.backplane import Backplane, BackplaneError
from logs.live.hub import Hub
from logs.live.streams import Follower

PAGE_SIZE = 200
WORKERS = 2
"""How many streams are replayed at a time. Their pages are read over one connection and encoded in turn."""


class ReplayQueue:
    """Every queued stream gets one page at a time, and the next one only when its socket has accepted that."""

    def __init__(self, hub: Hub, backplane: Backplane) -> None:
        self.hub = hub
        self.backplane = backplane
        self.queue: SimpleQueue[Follower] = SimpleQueue()
        self.queued: set[Follower] = set()
        self.backoff = Backoff("Reading missed lines for live")

    def put(self, stream: Follower) -> None:
        """Queue a stream for its next page, unless it is queued already. Does not switch greenlets."""
        if stream not in self.queued:
            self.queued.add(stream)
            self.hub.metrics.replays += 1
            self.queue.put(stream)

    def run(self) -> None:
        """Send pages to queued streams. Never returns; started `WORKERS` times."""
        while True:
            stream = self.queue.get()
            try:
                self._send_page(stream)
            except BackplaneError as error:
                # Still in `queued`, so that nobody else puts it into the queue a second time.
                self.queue.put(stream)
                gevent.sleep(self.backoff.record_failure(error))
                continue
            self.queued.discard(stream)
            # With a backlog the stream stays in the feed's `replaying`, and `Hub.backlog_sent` queues it again.
            if not stream.backlog:
                self.hub.admit(stream)

    def _send_page(self, stream: Follower) -> None:
        feed = stream.feed
        # A combined stream goes on with its next channel when its reader has taken what it was sent of the last one.
        if not stream.is_open or feed is None or feed.last_id is None or stream.must_wait():
            return
        # Read before the query: events that are stored during it have higher ids and reach the stream from memory.
        last_id = feed.last_id
        events = self.backplane.fetch_newer(feed.channel, stream.after, PAGE_SIZE)
        self.backoff.record_success()
        if stream.must_wait() or not stream.is_open:  # since the query
            return
        if events is None:
            stream.write(stream.encode_reload(last_id))
            events = []
        elif events:
            stream.write(stream.encode(events))
            stream.after = events[-1].id
            self.hub.metrics.replayed += len(events)
        # A short page is the last one: nothing up to `last_id` is missing, whatever ids have no line.
        if len(events) < PAGE_SIZE:
            stream.after = max(stream.after, last_id)
