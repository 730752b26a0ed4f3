"""Converts messages of channels to entries and appends them to the journal. The only place where the bot makes entries.

Beside the journal `heard.json` lists the channels being recorded, so that a crash is shown as a gap.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bot.filters import FloodDetector, PrivacyFilter
from bot.history_cursor import RECENT_LINES, CursorStore, HistoryCursor, read_recent_lines
from bot.irc.message import Message, split_ctcp
from bot.state_file import StateFile
from logs.ingest.entry import Entry, GapClosed, GapCovered, GapOpened, LoggedIn, Record, Redacted, TopicKnown
from logs.ingest.journal import Journal
from logs.models import Kind
from logs.models.line import Reason

logger = logging.getLogger(__name__)

MAX_CLOCK_LEAD = timedelta(minutes=1)
MAX_AGE = timedelta(days=7)
"""A server time outside these limits is not believed."""


class Recorder:
    """Writes to one journal and knows which channels are being recorded.

    `line_count` counts recorded lines, `lost_count` records that the disk did not take. `problem` says in a sentence
    what is wrong with the disk, or is empty. `last_line_at` holds the time of the newest line by channel id.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.line_count = 0
        self.lost_count = 0
        self.problem = ""
        self.last_line_at: dict[int, datetime] = {}
        self.privacy_filter = PrivacyFilter()
        self._flood_detector = FloodDetector()
        self._cursors = CursorStore(journal.folder / "holes.json", self._report_cursors_unwritten)
        self._recent: dict[int, deque[Entry]] = {}
        self._losing_since: dict[int, datetime] = {}
        self._recording = self._read_recording()
        self._recording_file = StateFile(
            self._recording_path, lambda: sorted(self._recording), self._report_recording_unwritten
        )

    def record(
        self, channel: int, message: Message, at: datetime | None = None, *, replayed: bool = False
    ) -> Entry | None:
        """Record a message of a channel; return the entry as recorded, or None when nothing is recorded.

        `at` replaces the message's own time. `replayed`: it comes from a history and was not received live.
        """
        entry = make_entry(channel, message, at or time_of(message))
        if entry is None:
            return None
        if replayed:
            entry = replace(entry, replayed=True)
        # Privacy comes before everything else: what it removes must not even be remembered by the flood detector.
        filtered = self.privacy_filter.apply(entry)
        if filtered is None:
            return None
        entry, earlier_lines = self._flood_detector.check(filtered)
        for record in earlier_lines:
            self._append(record)
        self._append(entry)
        self.line_count += 1
        self.last_line_at[channel] = max(entry.at, self.last_line_at.get(channel, entry.at))
        self._recent.setdefault(channel, deque(maxlen=RECENT_LINES)).append(entry)
        return entry

    def recent_entries(self, channel: int) -> list[Entry]:
        """Return the lines that a replay may repeat, oldest first."""
        return list(self._recent.get(channel, ()))

    def record_topic(self, channel: int, text: str) -> None:
        """Record the topic as it is now."""
        self._append(TopicKnown(channel, text))

    def record_redaction(self, channel: int, msgid: str, nick: str) -> None:
        """Record that the server removed a message."""
        # Its text must not stay in memory either.
        if msgid in {entry.msgid for entry in self._recent.get(channel, ())}:
            self._recent[channel] = deque(
                (entry for entry in self._recent[channel] if entry.msgid != msgid), maxlen=RECENT_LINES
            )
        self._append(Redacted(channel, msgid, nick))

    def record_login(self, login: LoggedIn) -> None:
        """Record whose lines without an account were."""
        self._append(login)

    def start_recording(self, channel: int) -> None:
        """Close the channel's gap, if any: from now on we receive its lines."""
        self._append(GapClosed(channel, datetime.now(UTC)))
        self._set_recording(self._recording | {channel})

    def stop_recording(self, channel: int, reason: Reason, seconds_ago: float = 0.0) -> None:
        """Open a gap now, or some seconds ago; does nothing when the channel was not being recorded."""
        if channel in self._recording:
            self._open_gap(channel, reason, datetime.now(UTC) - timedelta(seconds=seconds_ago))

    def pause(self, channel: int) -> None:
        """Stop recording a channel that we stay in; what is said now must not be fetched from the history later."""
        self.stop_recording(channel, Reason.PAUSED)
        self.leave_unfilled(channel)

    def cursor(self, channel: int) -> HistoryCursor | None:
        """Return where the channel's history has to be resumed; None when nothing is missing."""
        return self._cursors.get(channel)

    def mark_filled(self, channel: int, since: datetime, until: datetime) -> None:
        """Record that nothing between two times is missing any more; what is missing outside stays a gap."""
        self._append(GapCovered(channel, since, until))
        self.leave_unfilled(channel)

    def leave_unfilled(self, channel: int) -> None:
        """Forget the history cursor: no more history can be had."""
        self._cursors.remove(channel)

    def flush_state(self) -> None:
        """Return when the state files have all changes."""
        self._recording_file.flush()
        self._cursors.flush()

    def recover(self) -> None:
        """Record a gap for every channel that an earlier run was recording when it crashed."""
        self._recent = read_recent_lines(self.journal, self._recording | self._cursors.channels())
        # The last heartbeat in the journal is the last moment when the earlier run is known to have been connected.
        for channel in sorted(self._recording):
            self._open_gap(channel, Reason.STOPPED, self.journal.heard_until or datetime.now(UTC))

    def _open_gap(self, channel: int, reason: Reason, since: datetime) -> None:
        recent = self._recent.get(channel)
        # The newest by time, which need not be the last one received: a replay may have come in between. Of equal
        # times the last one counts, hence the reversal.
        last = max(reversed(recent), key=lambda entry: entry.at) if recent else None
        if last is not None:
            # Lines that we have must lie before the gap, but a server's clock ahead of ours must not move it into the
            # future.
            since = min(max(since, last.at), datetime.now(UTC))
        self._append(GapOpened(channel, since, reason))
        self._cursors.add(
            channel, HistoryCursor(last.msgid, last.at, since) if last else HistoryCursor(None, since, since)
        )
        self._set_recording(self._recording - {channel})

    def _append(self, record: Record) -> None:
        try:
            self._append_gaps_of_lost_records()
            self.journal.append(record)
        except OSError as error:
            # The session goes on: what the disk does not take now is lost, what follows may fit again.
            self._losing_since.setdefault(record.channel, datetime.now(UTC))
            self.lost_count += 1
            if not self.problem:
                logger.critical("the journal %s takes no more lines: %s", self.journal.folder, error)
            self.problem = f"{self.lost_count} lines lost: {error}"
        else:
            self.problem = ""

    def _append_gaps_of_lost_records(self) -> None:
        """Record a gap for each channel that lost lines, once the disk takes lines again."""
        for channel, since in list(self._losing_since.items()):
            self.journal.append(GapOpened(channel, since, Reason.DISK))
            self.journal.append(GapClosed(channel, datetime.now(UTC)))
            del self._losing_since[channel]

    @property
    def _recording_path(self) -> Path:
        return self.journal.folder / "heard.json"

    def _read_recording(self) -> set[int]:
        try:
            return set(json.loads(self._recording_path.read_text(encoding="ascii")))
        except FileNotFoundError:
            return set()
        except ValueError:
            logger.warning("%s is damaged: gaps of the last run cannot be recorded", self._recording_path)
            return set()

    def _set_recording(self, channels: set[int]) -> None:
        self._recording = channels
        self._recording_file.write_soon()

    def _report_recording_unwritten(self, error: OSError) -> None:
        self.problem = f"{self._recording_path} cannot be written: {error}"

    def _report_cursors_unwritten(self, error: OSError) -> None:
        self.problem = f"the position for resuming history cannot be written: {error}"


def time_of(message: Message, oldest: datetime | None = None) -> datetime:
    """Return the server's time of a message; the present where it is missing, in the future or before `oldest`.

    `oldest` is a week ago by default. https://ircv3.net/specs/extensions/server-time
    """
    now = datetime.now(UTC)
    at = server_time_of(message)
    return at if at is not None and (oldest or now - MAX_AGE) <= at <= now + MAX_CLOCK_LEAD else now


def server_time_of(message: Message) -> datetime | None:
    """Return the time of a message as the server gives it, however absurd; None where there is none."""
    try:
        at = datetime.fromisoformat(message.tags["time"])
    except (KeyError, ValueError):
        return None
    return at.astimezone(UTC) if at.tzinfo else None


def make_entry(channel: int, message: Message, at: datetime) -> Entry | None:
    """Return the entry of a message; None for commands that leave no line in a log."""
    convert = _CONVERTERS.get(message.command)
    if convert is None:
        return None
    content = convert(message)
    account = message.tags.get("account") or None
    msgid = message.tags.get("msgid") or None
    return Entry(channel, at, content.kind, message.nick, content.text, account, msgid, content.target)


class _Content(NamedTuple):
    kind: Kind
    text: str = ""
    target: str | None = None


def _convert_text(message: Message) -> _Content:
    ctcp = split_ctcp(message.param(1))
    if ctcp is not None and ctcp[0] == "ACTION":
        return _Content(Kind.ACTION, ctcp[1])
    return _Content(Kind.MESSAGE if message.command == "PRIVMSG" else Kind.NOTICE, message.param(1))


_CONVERTERS: dict[str, Callable[[Message], _Content]] = {
    "PRIVMSG": _convert_text,
    "NOTICE": _convert_text,
    "JOIN": lambda _: _Content(Kind.JOIN),
    "PART": lambda message: _Content(Kind.PART, message.param(1)),
    "QUIT": lambda message: _Content(Kind.QUIT, message.param(0)),
    "KICK": lambda message: _Content(Kind.KICK, message.param(2), message.param(1)),
    "NICK": lambda message: _Content(Kind.NICK, "", message.param(0)),
    "MODE": lambda message: _Content(Kind.MODE, " ".join(message.params[1:])),
    "TOPIC": lambda message: _Content(Kind.TOPIC, message.param(1)),
}
