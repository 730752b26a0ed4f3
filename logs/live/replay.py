"""Older events for streams that were away too long for memory: page by page, a few streams at a time, in turn."""

from __future__ import annotations

import gevent
from gevent.queue import SimpleQueue

from logs.live.backoff import Outage
from logs.live.backplane import Backplane, BackplaneError
from logs.live.hub import Hub
from logs.live.sse import encoded, reload_block
from logs.live.stream import Stream

PAGE = 200
WORKERS = 2
"""How many database connections replays use at most."""


class Replays:
    """Every queued stream gets one page at a time, and the next one only when its socket has taken that."""

    def __init__(self, hub: Hub, backplane: Backplane) -> None:
        self.hub = hub
        self.backplane = backplane
        self.queue: SimpleQueue[Stream] = SimpleQueue()
        self.queued: set[Stream] = set()
        self.outage = Outage("Reading missed lines for live")

    def put(self, stream: Stream) -> None:
        if stream not in self.queued:
            self.queued.add(stream)
            self.hub.counts.replays += 1
            self.queue.put(stream)

    def run(self) -> None:
        """Runs for ever; started `WORKERS` times."""
        while True:
            stream = self.queue.get()
            try:
                self._send_page(stream)
            except BackplaneError as error:
                self.queue.put(stream)
                gevent.sleep(self.outage.failed(error))
                continue
            self.queued.discard(stream)
            if not stream.backlog:  # otherwise the hub hears when that is gone
                self.hub.enter(stream)

    def _send_page(self, stream: Stream) -> None:
        feed = stream.feed
        if not stream.open or feed is None or feed.last is None:
            return
        certain = feed.last
        events = self.backplane.newer(feed.followed, stream.after, PAGE)
        self.outage.over()
        if events is None:
            stream.write(reload_block(certain))
            events = []
        elif events:
            stream.write(encoded(events, stream.form))
            stream.after = events[-1].id
            self.hub.counts.replayed += len(events)
        if len(events) < PAGE:
            stream.after = max(stream.after, certain)
