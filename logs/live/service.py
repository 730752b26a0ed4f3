"""The hub of this process with its background greenlets; the first stream starts it.

Two of them replay what a reader missed, and one tells the other web processes of the site who follows here.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable
from functools import partial
from time import monotonic

import gevent
from django.conf import settings
from django.utils.module_loading import import_string
from gevent.queue import SimpleQueue

from logs.greenlets import Backoff, spawn_lasting
from logs.live.backplane import Backplane, BackplaneError
from logs.live.hub import Hub
from logs.live.listener import Listener
from logs.live.streams import Follower
from logs.sharing.processes import PAGE_BYTES, Board, Topic, get_board, get_counts

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


WRITE_SECONDS = 1.0
MAX_CHANNELS = PAGE_BYTES // 16
"""Of a process. With more, its readers of the rest are not counted by the others."""


def write_reader_counts(hub: Hub) -> None:
    """Tell the other processes every second who follows here. Returns at once in a site of one process."""
    board = get_board()
    written = b""
    while board is not None:
        counts = array("I")
        for feed in list(hub.feeds.values())[:MAX_CHANNELS]:
            counts.extend((feed.channel.id, len(feed)))
        if (page := counts.tobytes()) != written and board.write(Topic.READERS, page):
            written = page
        gevent.sleep(WRITE_SECONDS)


class _CountsOfOthers:
    """The counts of the other processes, read at most once a second: a page may show those of a hundred channels."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._read_at = -WRITE_SECONDS

    def read(self, board: Board) -> Counter[int]:
        if monotonic() - self._read_at >= WRITE_SECONDS:
            self._read_at = monotonic()
            self._counts = Counter()
            for index in range(board.process_count):
                counts = array("I", b"" if index == board.index else board.read(index, Topic.READERS)[1])
                for channel, readers in zip(counts[::2], counts[1::2], strict=True):
                    self._counts[channel] += readers
        return self._counts


_counts_of_others = _CountsOfOthers()


def count_readers_of_others(channel: int) -> int:
    """Return how many readers a channel had in the other processes within the last two seconds."""
    board = get_board()
    return 0 if board is None else _counts_of_others.read(board)[channel]


_hubs: list[Hub] = []


def get_hub() -> Hub:
    """Return the process's hub; the first call starts it. Does not switch greenlets, so that two never start two."""
    if not _hubs:
        _hubs.append(_start())
    return _hubs[0]


def running_hub() -> Hub | None:
    """Return the process's hub, None if it was never started."""
    return _hubs[0] if _hubs else None


def count_live_readers(channel: int) -> int | None:
    """Return how many readers follow a channel live; None where other processes serve them."""
    if settings.REALTIME_URL:
        return None
    feed = _hubs[0].feeds.get(channel) if _hubs else None
    return (len(feed) if feed is not None else 0) + count_readers_of_others(channel)


def shut_down(*, is_replaced: bool = False) -> None:
    """End all streams before the process ends; `is_replaced`: others are ready for its readers."""
    for hub in _hubs:
        hub.shut_down(is_replaced=is_replaced)


def _start() -> Hub:
    hub = Hub(settings.LIVE_STREAMS, settings.LIVE_PER_ADDRESS, get_counts())
    make_backplane: Callable[[], Backplane] = import_string(settings.LIVE_BACKPLANE)
    backplane = make_backplane()
    # Replays read by a connection of their own, so that readers who missed much do not hold up new lines.
    replays = ReplayQueue(hub, make_backplane())
    hub.request_replay = replays.put
    listener = Listener(hub, backplane)
    spawn_lasting("counting readers", partial(write_reader_counts, hub))
    for job in (hub.run_heartbeat, listener.listen, listener.update_feeds, *[replays.run] * WORKERS):
        spawn_lasting(f"live ({job.__name__})", job)
    return hub
