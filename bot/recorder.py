"""Converts messages of channels to entries and appends them to the journal. The only place where the bot makes entries.

Beside the journal `heard.json` lists the channels being recorded, so that a crash is shown as a gap.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bot.filters import PrivacyFilter
from bot.history_cursor import CursorStore, HistoryCursor, read_recent_lines
from bot.irc.message import Message, split_ctcp
from bot.known_lines import KnownIndex, KnownLine, RecentLines, key_of
from bot.server_clock import ServerClock, server_time_of
from bot.state_file import StateFile
from logs.ingest.entry import BotSeen, Entry, GapClosed, GapCovered, GapOpened, LoggedIn, Record, Redacted, TopicKnown
from logs.ingest.flood import FloodDetector
from logs.ingest.journal import Journal
from logs.models import Kind
from logs.models.line import SAID, Reason
from logs.text.masking import mask_hosts, mask_modes

logger = logging.getLogger(__name__)

UNTIMED_MARGIN = timedelta(seconds=2)
"""How much earlier history is requested where the server's time of the last line is only estimated."""


BOT_TAGS = frozenset({"bot", "draft/bot"})
"""Message tags by which servers mark what clients in bot mode say. https://ircv3.net/specs/extensions/bot-mode"""

MAX_SEEN_BOTS = 1000
"""Nicks of bots that one run records; more would be no bots."""


class Recorder:
    """Writes to one journal and knows which channels are being recorded.

    `line_count` counts recorded lines, `lost_count` records that the disk did not take. `problem` says in a sentence
    what is wrong with the disk, or is empty. `last_line_at` holds the time of the newest line by channel id. `clock` is
    that of the network's servers.
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
        self.clock = ServerClock(journal.folder / "clock.json", self._report_clock_unwritten)
        self._recent: dict[int, RecentLines] = {}
        self._seen_bots: set[tuple[int, str]] = set()
        # Of the channels whose history is being fetched.
        self._indexes: dict[int, KnownIndex] = {}
        self._losing_since: dict[int, datetime] = {}
        self._recording = self._read_recording()
        self._recording_file = StateFile(
            self._recording_path, lambda: sorted(self._recording), self._report_recording_unwritten
        )

    def record(self, channel: int, message: Message) -> Entry | None:
        """Record a live message of a channel; return the entry as recorded, or None when nothing is recorded."""
        entry = self.prepare(channel, message, self.clock.time_of(message))
        if entry is not None:
            server_at = server_time_of(message)
            if entry.kind in SAID:
                self.clock.note_line(has_time=server_at is not None)
            entry = self._append_line(entry, server_at, is_own=False)
            if not message.tags.keys().isdisjoint(BOT_TAGS):
                self._record_bot(channel, entry.nick)
        return entry

    def _record_bot(self, channel: int, nick: str) -> None:
        """Record once for each run that the server marks a nick as a bot."""
        if (channel, nick) not in self._seen_bots and len(self._seen_bots) < MAX_SEEN_BOTS:
            self._seen_bots.add((channel, nick))
            self._append(BotSeen(channel, nick))

    def record_own(self, channel: int, message: Message) -> None:
        """Record what we say ourselves and the server does not repeat to us."""
        entry = self.prepare(channel, message, datetime.now(UTC))
        if entry is not None:
            self._append_line(entry, None, is_own=True)

    def prepare(self, channel: int, message: Message, at: datetime) -> Entry | None:
        """Return what may be recorded of a message, said at a time of our clock; None if nothing may."""
        entry = None if message.continues_off_record else make_entry(channel, message, at)
        # Privacy comes before everything else: what it removes must not even be remembered by the flood detector.
        return None if entry is None else self.privacy_filter.apply(entry)

    def record_replayed(self, entry: Entry, server_at: datetime | None) -> None:
        """Record a line of a history that `prepare` has let pass and that is not known; its index is being used."""
        self._append_line(replace(entry, replayed=True), server_at, is_own=False)

    def index_known_lines(self, channel: int) -> KnownIndex:
        """Return the index of the lines that a history may repeat; until the gap is filled it learns new ones."""
        lines = self._recent.get(channel, RecentLines())
        self._indexes[channel] = index = KnownIndex(lines, self.clock.estimate_server_time)
        return index

    def known_lines(self, channel: int) -> list[KnownLine]:
        """Return the lines that a history may repeat."""
        return list(self._recent.get(channel, ()))

    def has_forgotten_lines(self, channel: int) -> bool:
        """Whether a history from the cursor on may repeat lines that are not known any more."""
        return channel in self._recent and self._recent[channel].is_overflown

    def _append_line(self, entry: Entry, server_at: datetime | None, *, is_own: bool) -> Entry:
        channel = entry.channel
        entry, earlier_lines = self._flood_detector.check(entry)
        for record in earlier_lines:
            self._append(record)
        self._append(entry)
        self.line_count += 1
        self.last_line_at[channel] = max(entry.at, self.last_line_at.get(channel, entry.at))
        line = KnownLine(key_of(entry), entry.kind, entry.msgid, entry.at, server_at, is_own)
        self._recent.setdefault(channel, RecentLines()).add(line)
        if index := self._indexes.get(channel):
            if entry.replayed:
                index.add_listed(line)
            else:
                index.add(line)
        return entry

    def record_topic(self, channel: int, text: str) -> None:
        """Record the topic as it is now."""
        self._append(TopicKnown(channel, text))

    def record_redaction(self, channel: int, msgid: str, nick: str) -> None:
        """Record that the server removed a message."""
        # The server's history does not have it any more.
        if channel in self._recent:
            self._recent[channel].forget(msgid)
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
        self.drop_cursor(channel)

    def cursor(self, channel: int) -> HistoryCursor | None:
        """Return where the channel's history has to be resumed; None when nothing is missing."""
        return self._cursors.get(channel)

    def mark_filled(self, channel: int, since: datetime, until: datetime) -> None:
        """Record that nothing between two times is missing any more; what is missing outside stays a gap."""
        if since < until:
            self._append(GapCovered(channel, since, until))

    def drop_cursor(self, channel: int) -> None:
        """Forget the history cursor: no more history can be had, or none is missing."""
        self._cursors.remove(channel)
        self._indexes.pop(channel, None)
        if channel in self._recent:
            self._recent[channel].keep_since(None)

    def flush_state(self) -> None:
        """Return when the state files have all changes."""
        self._recording_file.flush()
        self._cursors.flush()
        self.clock.flush()

    def recover(self) -> None:
        """Record a gap for every channel that an earlier run was recording when it crashed."""
        cursors = {channel: self._cursors.get(channel) for channel in self._recording | self._cursors.channels()}
        needed_since = {channel: self._needed_since(cursor) for channel, cursor in cursors.items()}
        for channel, entries in read_recent_lines(self.journal, needed_since).items():
            lines = map(self._known_line, entries)
            self._recent[channel] = RecentLines(lines, needed_since[channel])
        # The last heartbeat in the journal is the last moment when the earlier run is known to have been connected.
        for channel in sorted(self._recording):
            self._open_gap(channel, Reason.STOPPED, self.journal.heard_until or datetime.now(UTC))

    def _open_gap(self, channel: int, reason: Reason, since: datetime) -> None:
        recent = self._recent.setdefault(channel, RecentLines())
        last = recent.newest()
        if last is not None:
            # Lines that we have must lie before the gap, but a server's clock ahead of ours must not move it into the
            # future.
            since = min(max(since, last.at), datetime.now(UTC))
        self._append(GapOpened(channel, since, reason))
        self._cursors.add(channel, self._cursor_after(last, since))
        # The cursor may be that of an earlier gap.
        recent.keep_since(self._needed_since(self._cursors.get(channel)))
        self._set_recording(self._recording - {channel})

    def _cursor_after(self, last: KnownLine | None, gap_start: datetime) -> HistoryCursor:
        """Return the cursor of a gap that begins after a line, or in a channel without lines."""
        if last is None:
            return HistoryCursor(None, self.clock.estimate_server_time(gap_start) - UNTIMED_MARGIN, gap_start)
        at = last.server_at
        # A time that was replaced by ours is one to which the server will hardly get.
        if at is None or abs(self.clock.to_local(at) - last.at) > UNTIMED_MARGIN:
            at = self.clock.estimate_server_time(last.at) - UNTIMED_MARGIN
        return HistoryCursor(last.msgid, at, gap_start)

    def _needed_since(self, cursor: HistoryCursor | None) -> datetime | None:
        """Return since when the lines that we have must be known, by our clock."""
        if cursor is None:
            return None
        return min(self.clock.to_local(cursor.at), cursor.gap_start) - UNTIMED_MARGIN

    def _known_line(self, entry: Entry) -> KnownLine:
        """Return a line of an earlier run. Its time is the server's if that gives times and the line is not our own."""
        is_own = self.privacy_filter.is_bot(entry.nick)
        has_server_time = self.clock.has_times and not is_own
        server_at = self.clock.to_server(entry.at) if has_server_time else None
        return KnownLine(key_of(entry), entry.kind, entry.msgid, entry.at, server_at, is_own)

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

    @property
    def is_losing(self) -> bool:
        """Whether the last record was lost, and no other could be recorded since."""
        return bool(self._losing_since)

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

    def _report_clock_unwritten(self, error: OSError) -> None:
        self.problem = f"the server's clock cannot be written: {error}"


def make_entry(channel: int, message: Message, at: datetime) -> Entry | None:
    """Return the entry of a message; None for commands that leave no line in a log."""
    convert = _CONVERTERS.get(message.command)
    if convert is None:
        return None
    content = convert(message)
    account = message.tags.get("account") or None
    msgid = message.tags.get("msgid") or None
    entry = Entry(channel, at, content.kind, message.nick, content.text, account, msgid, content.target)
    entry.reply_msgid = message.tags.get("+reply") or message.tags.get("+draft/reply") or None
    return entry


class _Content(NamedTuple):
    kind: Kind
    text: str = ""
    target: str | None = None


def _convert_text(message: Message) -> _Content:
    ctcp = split_ctcp(message.param(1))
    target = message.restricted_to or None
    if ctcp is not None and ctcp[0] == "ACTION":
        return _Content(Kind.ACTION, ctcp[1], target)
    return _Content(Kind.MESSAGE if message.command == "PRIVMSG" else Kind.NOTICE, message.param(1), target)


_CONVERTERS: dict[str, Callable[[Message], _Content]] = {
    "PRIVMSG": _convert_text,
    "NOTICE": _convert_text,
    "JOIN": lambda _: _Content(Kind.JOIN),
    "PART": lambda message: _Content(Kind.PART, mask_hosts(message.param(1))),
    "QUIT": lambda message: _Content(Kind.QUIT, mask_hosts(message.param(0))),
    "KICK": lambda message: _Content(Kind.KICK, mask_hosts(message.param(2)), message.param(1)),
    "NICK": lambda message: _Content(Kind.NICK, "", message.param(0)),
    "MODE": lambda message: _Content(Kind.MODE, mask_modes(" ".join(message.params[1:]))),
    "TOPIC": lambda message: _Content(Kind.TOPIC, message.param(1)),
}
