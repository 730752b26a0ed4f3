"""Streams of one channel that are sent only the lines that match a filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from logs.live.line_filter import LineFilter
from logs.live.sse import Event, encode_events, live_block
from logs.live.streams import Stream


class FilteredStream(Stream):
    """A stream that is sent only the lines that match, and everything that is no line.

    `sent_id` is the last id that the reader was told; lines that did not match move `after` beyond it.
    """

    shares_bytes = False

    __slots__ = ("line_filter", "sent_id")

    def __init__(self, *args: Any, line_filter: LineFilter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line_filter = line_filter
        self.sent_id = self.after

    def encode(self, events: Sequence[Event]) -> bytes:
        selected = self.line_filter.select(events)
        if events:
            self.after = events[-1].id
        if selected:
            self.sent_id = selected[-1].id
        return encode_events(selected, self.form)

    def catch_up(self, block: bytes, last_id: int) -> bool:
        self.after = self.sent_id = last_id
        return super().catch_up(block, last_id)

    def send_heartbeat(self) -> None:
        """Tell the place, too, so that a reader who comes back does not go through the same lines again."""
        if self.sent_id < self.after and self.feed is not None and self in self.feed.individual:
            self.write(live_block(self.after))
            self.sent_id = self.after
        else:
            super().send_heartbeat()
