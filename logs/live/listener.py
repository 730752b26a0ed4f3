"""Brings new events from the backplane to the hub: only for channels that someone follows, and each read once."""

from __future__ import annotations

import math
import time

import gevent

from logs.greenlets import Backoff
from logs.live.backplane import Announcements, Backplane, BackplaneError
from logs.live.hub import Hub
from logs.live.streams import MAX_MISSED_EVENTS, Feed

PAGE_SIZE = 500
"""Events fetched at a time, of all channels together if possible."""

MIN_PER_CHANNEL = 20
MAX_CHANNELS_PER_QUERY = 200

VERIFY_SECONDS = 1.0
"""How often every followed channel is checked without an announcement, for its visibility and for missed lines."""

MIN_RELOAD_SECONDS = 5.0
"""Time between two reloads of a channel's readers, for example while a log is imported into it."""


class Listener:
    """Two greenlets: `listen` receives announcements, `update_feeds` fetches what they announce.

    `pending` maps each channel with something to fetch to the highest id known of it, `announced_at` to the time of the
    first announcement that no fetch has begun for. `must_verify` is set when somebody gained or lost the right to read
    a channel.
    """

    def __init__(self, hub: Hub, backplane: Backplane) -> None:
        self.hub = hub
        self.backplane = backplane
        self.pending: dict[int, int] = {}
        self.announced_at: dict[int, float] = {}
        self.must_verify = False

    def listen(self) -> None:
        """Receive announcements. Never returns."""
        backoff = Backoff("Listening for new lines")
        while True:
            try:
                self.backplane.connect()
                backoff.record_success()
                self.hub.metrics.is_disconnected = False
                self.hub.needs_update.set()
                while True:
                    self._handle(self.backplane.wait(VERIFY_SECONDS))
            except BackplaneError as error:
                self.hub.metrics.is_disconnected = True
                gevent.sleep(backoff.record_failure(error))

    def update_feeds(self) -> None:
        """Fetch what was announced, and verify all feeds every `VERIFY_SECONDS`. Never returns."""
        backoff = Backoff("Reading new lines for live")
        next_check = 0.0
        while True:
            self.hub.needs_update.wait(max(0.0, min(next_check, self._next_due()) - time.monotonic()))
            # Cleared before the work: what is announced during it sets the signal again and is not lost.
            self.hub.needs_update.clear()
            try:
                has_new_feed = any(feed.last_id is None or feed.needs_fetch for feed in self.hub.feeds.values())
                if time.monotonic() >= next_check or self.must_verify or has_new_feed:
                    self.must_verify = False
                    self._verify_feeds()
                    next_check = time.monotonic() + VERIFY_SECONDS
                # After the check, so that a channel that was closed sends nothing more.
                self._fetch_pending()
                backoff.record_success()
            except BackplaneError as error:
                gevent.sleep(backoff.record_failure(error))
                next_check = 0.0

    def _handle(self, announcements: Announcements) -> None:
        for channel, last_id in announcements.last_ids.items():
            if channel in self.hub.feeds:
                self._expect(channel, last_id)
        for channel in announcements.visibility_changes:
            # Not by its truth: a feed without streams is false, and the next reader must not be admitted either.
            if (feed := self.hub.feeds.get(channel)) is not None:
                # From now on no reader is admitted on the strength of an earlier check.
                feed.verified_at = 0.0
                self.must_verify = True
                self.hub.needs_update.set()

    def _expect(self, channel: int, last_id: int) -> None:
        self.pending[channel] = max(last_id, self.pending.get(channel, 0))
        self.announced_at.setdefault(channel, time.monotonic())
        self.hub.needs_update.set()

    def _verify_feeds(self) -> None:
        """Close feeds whose visibility changed, and compare the others with the backplane's last ids."""
        self.hub.drop_empty_feeds()
        if not self.hub.feeds:
            return
        # Both before the query: a reader who comes during it may know a line that its answer does not, and what was
        # true at its start says nothing of a later moment.
        waiting_by_feed = {feed: list(feed.waiting) for feed in self.hub.feeds.values()}
        queried_at = time.monotonic()
        states = self.backplane.fetch_states([feed.channel.id for feed in waiting_by_feed])
        for feed, waiting in waiting_by_feed.items():
            if feed.channel.id not in states:
                continue
            visibility, last_id = states[feed.channel.id]
            if visibility != feed.channel.visibility:
                self.hub.close_feed(feed, "closed")
                continue
            feed.verified_at = queried_at
            if feed.last_id is None and not feed.needs_memory:
                self.hub.start_feed_without_memory(feed, last_id)
            if feed.last_id is not None:
                if not feed.needs_fetch:
                    self.hub.finish_opening(feed.path)
                if last_id > feed.last_id:
                    self._expect(feed.channel.id, last_id)
                elif last_id < feed.last_id:  # the database was restored from a backup
                    self.hub.start_feed(feed, self.backplane.fetch_newest(feed.channel))
                feed.reload_unknown(stream for stream in waiting if stream.after > last_id)
        self._send_states()

    def _send_states(self) -> None:
        """Tell readers whether their channels are logged; nothing announces that, it is looked up at each check."""
        feeds = list(self.hub.feeds.values())
        reasons = self.backplane.fetch_reasons([feed.channel.id for feed in feeds])
        for feed in feeds:
            self.hub.send_state(feed, reasons.get(feed.channel.id))

    def _fetch_pending(self) -> None:
        for feed in [feed for feed in self.hub.feeds.values() if feed.needs_fetch]:
            newest = self.backplane.fetch_newest(feed.channel)
            if feed.last_id is None:
                self.hub.start_feed(feed, newest)
            else:
                feed.fill_memory(newest)
                self.hub.finish_opening(feed.path)
        # One page of each channel in turn: a busy channel does not hold up the others.
        places = self._find_places(time.monotonic())
        for start in range(0, len(places), MAX_CHANNELS_PER_QUERY):
            # Somebody lost the right to read: nothing more is sent on the strength of an earlier query.
            if self.must_verify:
                break
            self._fetch_places(places[start : start + MAX_CHANNELS_PER_QUERY])
        if self._next_due() <= time.monotonic():
            self.hub.needs_update.set()

    def _next_due(self) -> float:
        """When the first channel with something to fetch may be sent it."""
        return min((self._due_at(channel, last_id) for channel, last_id in self.pending.items()), default=math.inf)

    def _due_at(self, channel: int, last_id: int) -> float:
        feed = self.hub.feeds.get(channel)
        if feed is None or feed.last_id is None:
            return 0.0
        return feed.merging.due_at(last_id - feed.last_id, self.announced_at.get(channel, 0.0))

    def _find_places(self, now: float) -> list[Feed]:
        """Return the feeds for which events have to be fetched, and settle those that need no query."""
        due = []
        for channel, last_id in list(self.pending.items()):
            feed = self.hub.feeds.get(channel)
            if feed is None or feed.last_id is None or feed.last_id >= last_id:
                self._finish(channel, last_id)
            elif self._due_at(channel, last_id) > now:
                continue
            elif last_id - feed.last_id > MAX_MISSED_EVENTS:
                # Too soon after a reload it waits: the check of the next second finds the difference again.
                if now - feed.started_at >= MIN_RELOAD_SECONDS:
                    self.hub.start_feed(feed, self.backplane.fetch_newest(feed.channel))
                self._finish(channel, last_id)
            else:
                due.append(feed)
        return due

    def _fetch_places(self, feeds: list[Feed]) -> None:
        """Deliver the next page of events of each feed by one query."""
        limit = max(PAGE_SIZE // len(feeds), MIN_PER_CHANNEL)
        # What is pending now the query below sees; what is announced during it remains pending.
        last_ids = {feed: self.pending[feed.channel.id] for feed in feeds}
        announced_at = {feed: self.announced_at.pop(feed.channel.id, time.monotonic()) for feed in feeds}
        places = [(feed.channel, feed.last_id or 0) for feed in feeds]
        fetched = self.backplane.fetch_newer_of(places, limit)
        # Each is sent its events before those of the next are encoded.
        for feed, (_channel, after), (_same, events) in zip(feeds, places, fetched, strict=True):
            # While others were sent theirs, the channel may have been closed to readers, or followed anew.
            if self.must_verify:
                return
            if self.hub.feeds.get(feed.channel.id) is not feed or feed.last_id != after:
                continue
            last_id = last_ids[feed]
            if events is None:
                self.hub.start_feed(feed, self.backplane.fetch_newest(feed.channel))
            elif events:
                self.hub.deliver(feed, events)
            else:
                feed.last_id = last_id  # ids that were given out, but have no line
            if feed.last_id is not None and feed.last_id >= last_id:
                self._finish(feed.channel.id, last_id, announced_at[feed])

    def _finish(self, channel: int, last_id: int, announced_at: float | None = None) -> None:
        # A higher id may have been announced while this one was fetched; then the channel stays pending.
        if self.pending.get(channel) == last_id:
            del self.pending[channel]
            self.hub.metrics.updates += 1
            now = time.monotonic()
            since = self.announced_at.pop(channel, now) if announced_at is None else announced_at
            self.hub.metrics.update_seconds += now - since
