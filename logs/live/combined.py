"""Streams of several channels: one socket, which follows the feed of each channel by a subscription.

Each event has the position in all channels, a short text, as its id, so that a reader who comes back misses nothing and
gets nothing twice. Events are taken from their encoded records: the names of the channel are inserted and the id is
replaced.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from logs.live.backplane import FollowedChannel
from logs.live.line_filter import LineFilter, encode_html, is_line
from logs.live.sse import HEARTBEAT, RECORD, Event, reload_block
from logs.live.streams import Feed, Follower, Stream
from logs.text.names import segment_to_channel

_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VALUES = {chr(digit): value for value, digit in enumerate(_DIGITS)}
_CHARACTERS = [_DIGITS[value : value + 1] for value in range(64)]
_MORE = 32

MAX_NUMBER = 2**31 - 1
MAX_POSITION_CHARACTERS = 6000


def encode_number(number: int) -> bytes:
    if number < _MORE:
        return _CHARACTERS[number]
    digits = b""
    while number >= _MORE:
        digits += _CHARACTERS[number & 31 | _MORE]
        number >>= 5
    return digits + _CHARACTERS[number]


def encode_position(ids: Mapping[int, int]) -> str:
    """Return the position after these ids, by the primary key of the channel."""
    parts, previous = [], 0
    for channel in sorted(ids):
        parts += [encode_number(channel - previous), encode_number(ids[channel])]
        previous = channel
    return b"".join(parts).decode("ascii")


def parse_position(text: str) -> dict[int, int]:
    """Return the ids by the primary key of their channel. ValueError if the text is no position."""
    numbers = _parse_numbers(text)
    if len(numbers) % 2:
        raise ValueError(text)
    ids, channel = {}, 0
    for difference, last_id in zip(numbers[::2], numbers[1::2], strict=True):
        channel += difference
        # Only the first difference could be 0 and add no channel; a channel has one id.
        if not difference or channel > MAX_NUMBER:
            raise ValueError(text)
        ids[channel] = last_id
    return ids


def _parse_numbers(text: str) -> list[int]:
    if len(text) > MAX_POSITION_CHARACTERS:
        raise ValueError(text)
    numbers, number, shift = [], 0, 0
    for character in text:
        value = _VALUES.get(character)
        if value is None:
            raise ValueError(text)
        number |= (value & 31) << shift
        shift += 5
        if number > MAX_NUMBER or shift > 35:
            raise ValueError(text)
        if not value & _MORE:
            numbers.append(number)
            number = shift = 0
    if shift:
        raise ValueError(text)
    return numbers


MAX_CHANNELS = 500
_DATA = b"data: {"


class CombinedStream(Stream):
    """One reader of several channels. Lines come as records; with a `line_filter` only those that match.

    `with_html`: a record holds the markup of its line, too, in which the words of the filter are marked.

    `behind` are the subscriptions that are not live yet. `sent_position` is the last position that the reader was told;
    lines that did not match move the present one beyond it. `channel_count` is the number of channels at first.
    """

    __slots__ = ("behind", "channel_count", "line_filter", "sent_position", "subscriptions", "with_html")

    def __init__(
        self, *args: Any, line_filter: LineFilter | None = None, with_html: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, form=RECORD, **kwargs)
        self.line_filter = line_filter
        self.with_html = with_html
        self.subscriptions: dict[int, Subscription] = {}
        self.behind: set[Subscription] = set()
        self.channel_count = 0
        self.sent_position = b""

    def subscribe(self, feeds: Iterable[tuple[Feed, int]]) -> list[Subscription]:
        """Add a subscription of each feed from after an id on; the caller admits them."""
        for feed, after in sorted(feeds, key=lambda each: each[0].channel.id):
            self.subscriptions[feed.channel.id] = Subscription(self, feed, after)
        self.behind = set(self.subscriptions.values())
        self.channel_count = len(self.subscriptions)
        self._encode_keys()
        return list(self.subscriptions.values())

    def followers(self) -> list[Follower]:
        return list(self.subscriptions.values())

    def encode_position(self) -> bytes:
        return b"".join([subscription.place for subscription in self.subscriptions.values()])

    def split_position(self, subscription: Subscription) -> tuple[bytes, bytes]:
        """Return what stands in the position before and after the place of a subscription."""
        places = [each.place for each in self.subscriptions.values()]
        number = list(self.subscriptions).index(subscription.key)
        return b"".join(places[:number]), b"".join(places[number + 1 :])

    def become_live(self, subscription: Subscription) -> None:
        """Called when a subscription has caught up; the last one makes the stream live, or ends it."""
        if subscription not in self.behind:
            return
        self.behind.discard(subscription)
        if not self.behind:
            self._send_position()
            if self.ends_when_live:
                self.finish()

    def drop(self, subscription: Subscription) -> None:
        """Go on without a channel that was closed, and say so; the last one ends the stream."""
        del self.subscriptions[subscription.key]
        self._encode_keys()
        position = self.encode_position()
        self.write(b"id: %b\n%b" % (position, encode_closed(subscription.names)))
        self.sent_position = position
        if not self.subscriptions:
            super().end("closed", 1000, 3000)
        else:
            self.become_live(subscription)

    def send_heartbeat(self) -> None:
        if not self.behind and self.encode_position() != self.sent_position:
            self._send_position()
        else:
            self.write(HEARTBEAT)

    def _send_position(self) -> None:
        position = self.sent_position = self.encode_position()
        self.write(b'id: %b\nevent: live\ndata: {"id":"%b"}\n\n' % (position, position))

    def _encode_keys(self) -> None:
        previous = 0
        for key, subscription in self.subscriptions.items():
            subscription.set_key(encode_number(key - previous))
            previous = key


class Subscription:
    """What a combined stream has of one channel. `place` is its part of the position."""

    shares_bytes = False

    __slots__ = ("_after", "_key_digits", "_names", "_why_not", "feed", "key", "names", "place", "stream")

    def __init__(self, stream: CombinedStream, feed: Feed, after: int) -> None:
        self.stream = stream
        self.feed: Feed | None = feed
        self.key = feed.channel.id
        self.names = find_names(feed.channel)
        self._names = json.dumps(self.names, separators=(",", ":"))[1:-1].encode("ascii")
        self._after = after
        self._why_not = ""
        self.set_key(b"")

    @property
    def after(self) -> int:
        return self._after

    @after.setter
    def after(self, last_id: int) -> None:
        self._after = last_id
        self.place = self._key_digits + encode_number(last_id)

    def set_key(self, digits: bytes) -> None:
        self._key_digits = digits
        self.after = self._after

    @property
    def is_open(self) -> bool:
        return self.feed is not None and self.stream.is_open and not self.stream.is_ending

    @property
    def backlog(self) -> bytearray | None:
        return self.stream.backlog

    def must_wait(self) -> bool:
        # Only what is not sent yet bounds a replay of many channels, each of which is a page.
        return bool(self.stream.backlog)

    def write(self, block: bytes) -> None:
        if block and self.is_open:
            self.stream.write(block)

    def encode(self, events: Sequence[Event]) -> bytes:
        """Return the events as this stream has them, and move its position behind them."""
        if not events:
            return b""
        line_filter = self.stream.line_filter
        selected = events if line_filter is None else line_filter.select(events)
        before, behind = self.stream.split_position(self) if selected else (b"", b"")
        blocks = []
        for event in selected:
            rest = event.record[event.record.index(b"\n") :]
            head, _, data = rest.partition(_DATA)
            self.after = event.id
            separator = b"" if data.startswith(b"}") else b","
            if self.stream.with_html and is_line(event):
                data = b'"html":%b,%b' % (encode_html(event, line_filter), data)
            blocks += [b"id: ", before, self.place, behind, head, _DATA, self._names, separator, data]
        if selected:
            self.stream.sent_position = before + self.place + behind
        self.after = events[-1].id
        return b"".join(blocks)

    def encode_reload(self, last_id: int) -> bytes:
        block = reload_block(last_id)
        return self.encode([Event(last_id, block, block)])

    def catch_up(self, block: bytes, last_id: int) -> bool:
        self.write(block)
        self.after = last_id
        self.stream.become_live(self)
        return self.is_open

    def send_state(self, why_not: str) -> None:
        """Say why the channel is not logged, or that it is again. That it is says nothing at first."""
        if why_not != self._why_not:
            self._why_not = why_not
            data = json.dumps(self.names | {"why_not": why_not}, separators=(",", ":"))
            self.write(f"event: state\ndata: {data}\n\n".encode("ascii"))

    def send_heartbeat(self) -> None:
        """Nothing: the stream as a whole has one."""

    def end(self, reason: str, min_retry_ms: int, max_retry_ms: int) -> None:
        if reason != "closed":
            self.stream.end(reason, min_retry_ms, max_retry_ms)
        elif self.is_open:
            self.feed = None
            self.stream.drop(self)


def find_names(channel: FollowedChannel) -> dict[str, str]:
    """Return the names of a channel and its network, as the API has them, from the address of its page."""
    network, segment = channel.url.strip("/").split("/")[-2:]
    return {"network": unquote(network), "channel": segment_to_channel(unquote(segment))}


def encode_closed(names: dict[str, str]) -> bytes:
    """An event that says that a channel is not, or no longer, part of the stream."""
    return f"event: closed\ndata: {json.dumps(names, separators=(',', ':'))}\n\n".encode("ascii")
