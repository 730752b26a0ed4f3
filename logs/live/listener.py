"""Brings new events from the backplane to the hub: only for channels that someone follows, and each read once."""

from __future__ import annotations

import time

import gevent

from logs.live.backoff import Backoff
from logs.live.backplane import Announcements, Backplane, BackplaneError
from logs.live.hub import Hub
from logs.live.streams import MAX_MISSED_EVENTS, Feed

PAGE_SIZE = 500
"""Events fetched at a time."""

VERIFY_SECONDS = 1.0
"""How often every followed channel is checked without an announcement, for its visibility and for missed lines."""

MIN_RELOAD_SECONDS = 5.0
"""Time between two reloads of a channel's readers, for example while a log is imported into it."""


class Listener:
    """Two greenlets: `listen` receives announcements, `update_feeds` fetches what they announce.

    `pending` maps each channel with something to fetch to the highest id known of it, `announced_at` to the time of the
    first announcement. `must_verify` is set when somebody gained or lost the right to read a channel.
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
            self.hub.needs_update.wait(max(0.0, next_check - time.monotonic()))
            # Cleared before the work: what is announced during it sets the signal again and is not lost.
            self.hub.needs_update.clear()
            try:
                has_new_feed = any(feed.last_id is None for feed in self.hub.feeds.values())
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
            if feed := self.hub.feeds.get(channel):
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
            if feed.last_id is not None:
                self.hub.finish_opening(feed.path)
                if last_id > feed.last_id:
                    self._expect(feed.channel.id, last_id)
                elif last_id < feed.last_id:  # the database was restored from a backup
                    self.hub.start_feed(feed, self.backplane.fetch_newest(feed.channel))
                feed.reload_unknown(stream for stream in waiting if stream.after > last_id)

    def _fetch_pending(self) -> None:
        for feed in [feed for feed in self.hub.feeds.values() if feed.last_id is None]:
            self.hub.start_feed(feed, self.backplane.fetch_newest(feed.channel))
        # One page of each channel in turn: a busy channel does not hold up the others.
        for channel, last_id in list(self.pending.items()):
            followed = self.hub.feeds.get(channel)
            if followed is None or self._advance(followed, last_id):
                self._finish(channel, last_id)
        if self.pending:
            self.hub.needs_update.set()

    def _advance(self, feed: Feed, last_id: int) -> bool:
        """Deliver the next page of events; return False if more remain for the next round."""
        if feed.last_id is None or feed.last_id >= last_id:
            return True
        if last_id - feed.last_id > MAX_MISSED_EVENTS:
            # Too soon after a reload it waits: the check of the next second finds the difference again.
            if time.monotonic() - feed.started_at >= MIN_RELOAD_SECONDS:
                self.hub.start_feed(feed, self.backplane.fetch_newest(feed.channel))
            return True
        events = self.backplane.fetch_newer(feed.channel, feed.last_id, PAGE_SIZE)
        if events is None:
            self.hub.start_feed(feed, self.backplane.fetch_newest(feed.channel))
        elif events:
            self.hub.deliver(feed, events)
        else:
            feed.last_id = last_id  # ids that were given out, but have no line
        return feed.last_id >= last_id

    def _finish(self, channel: int, last_id: int) -> None:
        # A higher id may have been announced while this one was fetched; then the channel stays pending.
        if self.pending.get(channel) == last_id:
            del self.pending[channel]
            self.hub.metrics.updates += 1
            self.hub.metrics.update_seconds += time.monotonic() - self.announced_at.pop(channel)
