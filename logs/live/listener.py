"""Brings new events from the backplane to the hub: for channels that someone follows, each read once."""

from __future__ import annotations

import time

import gevent

from logs.live.backoff import Outage
from logs.live.backplane import Backplane, BackplaneError
from logs.live.channel_stream import FAR_BEHIND, Feed
from logs.live.hub import Hub

PAGE = 500
LOOK_SECONDS = 1.0
"""How often every watched channel is looked at unasked: whether it may still be read, and whether a line was missed."""

RELOAD_SECONDS = 5.0
"""How often at most the readers of a channel are told to load the page again while a log is imported into it."""


class Listener:
    """One greenlet hears announcements, another one looks. `wanted` holds what to look at: channel → known last id.

    `uncertain` is true when somebody gained or lost the right to read a channel, until all were looked at.
    """

    def __init__(self, hub: Hub, backplane: Backplane) -> None:
        self.hub = hub
        self.backplane = backplane
        self.wanted: dict[int, int] = {}
        self.heard_at: dict[int, float] = {}
        self.uncertain = False

    def hear(self) -> None:
        """Runs for ever."""
        outage = Outage("Listening for new lines")
        while True:
            try:
                self.backplane.connect()
                outage.over()
                self.hub.counts.deaf = False
                self.hub.changed.set()
                while True:
                    self._want(self.backplane.wait(LOOK_SECONDS))
            except BackplaneError as error:
                self.hub.counts.deaf = True
                gevent.sleep(outage.failed(error))

    def look(self) -> None:
        """Runs for ever."""
        outage = Outage("Reading new lines for live")
        next_round = 0.0
        while True:
            self.hub.changed.wait(max(0.0, next_round - time.monotonic()))
            self.hub.changed.clear()
            try:
                unknown = any(feed.last is None for feed in self.hub.feeds.values())
                if time.monotonic() >= next_round or self.uncertain or unknown:
                    self.uncertain = False
                    self._look_around()
                    next_round = time.monotonic() + LOOK_SECONDS
                self._look_at_wanted()
                outage.over()
            except BackplaneError as error:
                gevent.sleep(outage.failed(error))
                next_round = 0.0

    def _want(self, newest: dict[int, int]) -> None:
        for channel, last in newest.items():
            if (feed := self.hub.feeds.get(channel)) is None:
                continue
            if last:
                self.wanted[channel] = max(last, self.wanted.get(channel, 0))
                self.heard_at.setdefault(channel, time.monotonic())
            else:
                feed.seen = 0.0
                self.uncertain = True
            self.hub.changed.set()

    def _look_around(self) -> None:
        self.hub.drop_empty()
        if not self.hub.feeds:
            return
        ahead = {feed: list(feed.waiting) for feed in self.hub.feeds.values()}
        asked_at = time.monotonic()
        states = self.backplane.states([feed.followed.id for feed in ahead])
        for feed, waiting in ahead.items():
            if feed.followed.id not in states:
                continue
            visibility, last = states[feed.followed.id]
            if visibility != feed.followed.visibility:
                self.hub.end(feed, "closed")
                continue
            feed.seen = asked_at
            if feed.last is not None:
                self.hub.opened(feed.path)
                if last > feed.last:
                    self._want({feed.followed.id: last})
                elif last < feed.last:  # the database went back to a backup
                    self.hub.begin(feed, self.backplane.newest(feed.followed))
                feed.correct(stream for stream in waiting if stream.after > last)

    def _look_at_wanted(self) -> None:
        for feed in [feed for feed in self.hub.feeds.values() if feed.last is None]:
            self.hub.begin(feed, self.backplane.newest(feed.followed))
        for channel, last in list(self.wanted.items()):  # each in its turn: a busy channel holds up no other
            watched = self.hub.feeds.get(channel)
            if watched is None or self._is_up_to_date(watched, last):
                self._done(channel, last)
        if self.wanted:
            self.hub.changed.set()

    def _is_up_to_date(self, feed: Feed, last: int) -> bool:
        """Brings the feed nearer to `last`; whether it is there, or that has to wait for the next round."""
        if feed.last is None or feed.last >= last:
            return True
        if last - feed.last > FAR_BEHIND:
            if time.monotonic() - feed.begun >= RELOAD_SECONDS:
                self.hub.begin(feed, self.backplane.newest(feed.followed))
            return True
        events = self.backplane.newer(feed.followed, feed.last, PAGE)
        if events is None:
            self.hub.begin(feed, self.backplane.newest(feed.followed))
        elif events:
            self.hub.deliver(feed, events)
        else:
            feed.last = last  # these ids were taken, but there is no such line
        return feed.last >= last

    def _done(self, channel: int, last: int) -> None:
        if self.wanted.get(channel) == last:
            del self.wanted[channel]
            self.hub.counts.looks += 1
            self.hub.counts.look_seconds += time.monotonic() - self.heard_at.pop(channel)
