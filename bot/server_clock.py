"""The clock of a network's servers, estimated from the times that they give to live messages.

Servers stamp messages with their own clock, which may be minutes or an hour off. Small differences do no harm, and the
times of the servers are recorded as they are. Where the clock is off by more than MAX_LEAD, recorded times are
corrected, so that a log shows when a line was said. https://ircv3.net/specs/extensions/server-time
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.irc.message import Message
from bot.state_file import StateFile

logger = logging.getLogger(__name__)

MAX_LEAD = timedelta(minutes=1)
"""How far a recorded time may lie ahead of our clock, and how far a server's clock may be off without a correction."""

MAX_AGE = timedelta(days=7)
"""A live message that is older by its server's time was not said at that time."""

MAX_OFFSET = timedelta(days=1)
"""A larger difference is no clock that is wrong, but an absurd time."""

SAMPLES = 31
MIN_SAMPLES = 5
MAX_DELAY = timedelta(seconds=2)
"""How long a message, or a time cut to seconds, makes a right clock seem slow."""

CONFIRMED_AFTER = timedelta(seconds=10)
"""How long messages must agree on a clock that is behind: a bouncer repeats old ones within a moment."""

STORED_WEIGHT = 3
"""How many samples the offset of an earlier run counts for: a single odd message after a start must not replace it."""

MAX_CORRECTIONS = 10
MIN_STORED_CHANGE = timedelta(seconds=1)


class ServerClock:
    """The offset of one network's servers from our clock, and the times that follow from it.

    `offset` is the servers' time minus ours; None as long as no live message has shown it. `has_times` says whether
    live lines have times. Both are stored in a file, because history that follows a crash is compared with lines from
    before it. `report` is called with the error when the file cannot be written.
    """

    def __init__(self, path: Path, report: Callable[[OSError], None]) -> None:
        self._path = path
        self.offset: timedelta | None = None
        self.has_times = False
        # What was subtracted from the servers' times, each from a moment of our time on; the last one counts now.
        self._corrections: list[tuple[datetime, timedelta]] = []
        self._stored_offset: timedelta | None = None
        # The first of the messages that agree on a clock that is further behind than believed: when, and how far.
        self._first_behind: tuple[datetime, timedelta] | None = None
        self._read()
        self._samples: deque[timedelta] = deque(
            [self.offset] * STORED_WEIGHT if self.offset is not None else [], SAMPLES
        )
        self._file = StateFile(path, self._content, report)

    @property
    def correction(self) -> timedelta:
        """What is subtracted from the servers' times to record them."""
        return self._corrections[-1][1] if self._corrections else timedelta()

    def note_line(self, *, has_time: bool) -> None:
        """Learn from a live line whether the server gives times: a bouncer may do so only where it repeats lines."""
        if has_time != self.has_times:
            self.has_times = has_time
            self._file.write_soon()

    def observe(self, message: Message, *, is_new: bool) -> None:
        """Learn from the time of a message that has just been received.

        `is_new`: it has certainly just been sent, such as a reply to us. Anything else may be repeated from a buffer
        without saying so, as bouncers do (WeeChat's relay), and then shows an old time.
        """
        server_at = server_time_of(message)
        if server_at is None:
            return
        now = datetime.now(UTC)
        sample = server_at - now
        if abs(sample) > MAX_OFFSET or not (is_new or self._is_credible(sample, now)):
            return
        # The median ignores single messages that were delayed or come from another server with another clock.
        self._samples.append(sample)
        self.offset = sorted(self._samples)[len(self._samples) // 2]
        if abs(self.offset - self.correction) > MAX_LEAD:
            self._change_correction(self.offset, now)
        if self._stored_offset is None or abs(self.offset - self._stored_offset) > MIN_STORED_CHANGE:
            self._stored_offset = self.offset
            self._file.write_soon()

    def _is_credible(self, sample: timedelta, now: datetime) -> bool:
        """Whether a message that shows a clock further behind than believed is supported by earlier ones."""
        if sample >= (self.offset or timedelta()) - MAX_DELAY:
            self._first_behind = None
            return True
        if self._first_behind is None or abs(sample - self._first_behind[1]) > MAX_DELAY:
            self._first_behind = (now, sample)
        return now - self._first_behind[0] >= CONFIRMED_AFTER

    def time_of(self, message: Message) -> datetime:
        """Return when a live message was said, by our clock; the present where its time is missing or absurd."""
        now = datetime.now(UTC)
        server_at = server_time_of(message)
        if server_at is None or abs(server_at - now) > MAX_AGE:
            return now
        at = self.to_local(server_at)
        return at if now - MAX_AGE <= at <= now + MAX_LEAD else now

    def age_of(self, message: Message) -> timedelta:
        """Return how long ago a message was said. A few messages do not prove yet that the server's clock is wrong."""
        now = datetime.now(UTC)
        at = server_time_of(message)
        if at is None:
            return timedelta()
        return now - (self.estimate_local_time(at) if len(self._samples) >= MIN_SAMPLES else at)

    def to_local(self, server_at: datetime) -> datetime:
        """Return the time that is recorded for a time of the servers."""
        return _shift(server_at, -self.correction) if self._corrections else server_at

    def to_server(self, at: datetime) -> datetime:
        """Return the servers' time for which a time was recorded, the inverse of `to_local` at that time."""
        for since, correction in reversed(self._corrections):
            if at >= since:
                return _shift(at, correction)
        return at

    def estimate_server_time(self, at: datetime) -> datetime:
        """Return what the servers' clocks probably showed at a time of ours."""
        return _shift(at, self.offset or timedelta())

    def estimate_local_time(self, server_at: datetime) -> datetime:
        """Return what our clock probably showed at a time of the servers."""
        return _shift(server_at, -(self.offset or timedelta()))

    def flush(self) -> None:
        """Return when the file has all changes."""
        self._file.flush()

    def _change_correction(self, offset: timedelta, now: datetime) -> None:
        correction = offset if abs(offset) > MAX_LEAD else timedelta()
        # The message that caused the change is recorded with the new correction, a moment before the present. Earlier
        # lines were recorded without.
        since = now - MAX_LEAD
        self._corrections = [*self._corrections, (since, correction)][-MAX_CORRECTIONS:]
        logger.warning("%s: the server's clock is off by %d s", self._path.parent.name, correction.total_seconds())

    def _content(self) -> dict[str, Any]:
        return {
            "has_times": self.has_times,
            "offset": self.offset.total_seconds() if self.offset is not None else None,
            "corrections": [(since.isoformat(), correction.total_seconds()) for since, correction in self._corrections],
        }

    def _read(self) -> None:
        try:
            content = json.loads(self._path.read_text(encoding="ascii"))
            offset = content["offset"]
            corrections = [
                (datetime.fromisoformat(since), timedelta(seconds=seconds)) for since, seconds in content["corrections"]
            ]
            self.has_times = bool(content["has_times"])
            self._stored_offset = self.offset = None if offset is None else timedelta(seconds=offset)
            self._corrections = corrections
        except FileNotFoundError:
            return
        except (ValueError, TypeError, KeyError, OverflowError):
            logger.warning("%s is damaged: the server's clock is estimated again", self._path)


def server_time_of(message: Message) -> datetime | None:
    """Return the time of a message as the server gives it, however absurd; None where there is none."""
    tag = message.tags.get("time")
    if tag is None:
        return None
    try:
        at = datetime.fromisoformat(tag)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _shift(at: datetime, offset: timedelta) -> datetime:
    try:
        return at + offset
    except OverflowError:
        return at
