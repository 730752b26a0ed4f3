"""What a channel said → the journal. The only place where the bot makes entries."""

from __future__ import annotations

import json
import logging
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.filters import Consent
from bot.flood import Waves
from bot.history_cursor import REMEMBERED, Cursor, Holes, last_lines
from bot.irc.channel_event import Described
from bot.irc.message import Message
from logs.ingest.atomic_file import write_atomically
from logs.ingest.entry import Entry, GapClosed, GapCovered, GapOpened, Record, Redacted, TopicKnown
from logs.ingest.journal import Journal
from logs.models import Kind
from logs.models.line import Reason

logger = logging.getLogger(__name__)

FUTURE = timedelta(minutes=1)
PAST = timedelta(days=7)


class Recorder:
    """Writes to one journal and keeps beside it which channels are being heard, for the time after a crash."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.lines = 0
        self.lost = 0
        self.trouble = ""
        self.last_line: dict[int, datetime] = {}
        self.consent = Consent()
        self._waves = Waves()
        self._holes = Holes(journal.folder / "holes.json")
        self._recent: dict[int, deque[Entry]] = {}
        self._losing: dict[int, datetime] = {}
        self._heard = self._remembered()

    def line(
        self,
        channel: int,
        described: Described,
        message: Message,
        at: datetime | None = None,
        *,
        replayed: bool = False,
    ) -> Entry | None:
        """Records what the message's source did in a channel, at the message's own time unless told another.

        `replayed`: it was not heard when it was said. None where somebody does not want it kept, else what is kept; a
        flood or spam is marked as such.
        """
        told = entry_of(channel, described, message, at or moment(message))
        kept = self.consent.kept(replace(told, replayed=True) if replayed else told)
        if kept is None:
            return None
        entry, seen = self._waves.judge(kept)
        for wave in seen:
            self._append(wave)
        self._append(entry)
        self.lines += 1
        self.last_line[channel] = max(entry.at, self.last_line.get(channel, entry.at))
        self._recent.setdefault(channel, deque(maxlen=REMEMBERED)).append(entry)
        return entry

    def recent(self, channel: int) -> list[Entry]:
        """The lines that a playback may repeat, the oldest first."""
        return list(self._recent.get(channel, ()))

    def topic(self, channel: int, text: str) -> None:
        self._append(TopicKnown(channel, text))

    def redacted(self, channel: int, msgid: str, nick: str) -> None:
        """The server wants a message removed."""
        if msgid in {entry.msgid for entry in self._recent.get(channel, ())}:
            self._recent[channel] = deque(
                (entry for entry in self._recent[channel] if entry.msgid != msgid), maxlen=REMEMBERED
            )
        self._append(Redacted(channel, msgid, nick))

    def pause(self, channel: int) -> None:
        """From now on nothing is kept of a channel that we stay in, and what is said now is not to be fetched later."""
        self.unheard(channel, Reason.PAUSED)
        self.unfillable(channel)

    def heard(self, channel: int) -> None:
        """From now on the channel is heard."""
        self._append(GapClosed(channel, datetime.now(UTC)))
        self._remember(self._heard | {channel})

    def unheard(self, channel: int, reason: Reason, seconds: float = 0.0) -> None:
        """From now on, or since so many seconds, the channel is not heard; nothing when it was not heard anyway."""
        if channel in self._heard:
            self._unheard(channel, reason, datetime.now(UTC) - timedelta(seconds=seconds))

    def hole(self, channel: int) -> Cursor | None:
        """Where the channel's history is to be taken up; None when nothing is missing."""
        return self._holes.get(channel)

    def filled(self, channel: int, since: datetime, until: datetime) -> None:
        """Nothing said between the two is missing any more; what is missing outside cannot be had."""
        self._append(GapCovered(channel, since, until))
        self.unfillable(channel)

    def unfillable(self, channel: int) -> None:
        """The server has no more to give: the gap stays as it is."""
        self._holes.close(channel)

    def after_crash(self) -> None:
        """Notes a gap for every channel that an earlier run was hearing when it ended without a word."""
        self._recent = last_lines(self.journal, self._heard | self._holes.channels())
        for channel in sorted(self._heard):
            self._unheard(channel, Reason.STOPPED, self.journal.heard_until or datetime.now(UTC))

    def _unheard(self, channel: int, reason: Reason, since: datetime) -> None:
        recent = self._recent.get(channel)
        last = max(reversed(recent), key=lambda entry: entry.at) if recent else None
        if last is not None:  # what was heard lies before the gap
            since = min(max(since, last.at), datetime.now(UTC))
        self._append(GapOpened(channel, since, reason))
        try:
            self._holes.open(channel, Cursor(last.msgid, last.at, since) if last else Cursor(None, since, since))
        except OSError as error:
            self.trouble = f"where history ends cannot be noted: {error}"
        self._remember(self._heard - {channel})

    def _append(self, record: Record) -> None:
        try:
            self._tell_losses()
            self.journal.append(record)
        except OSError as error:
            self._losing.setdefault(record.channel, datetime.now(UTC))
            self.lost += 1
            if not self.trouble:
                logger.critical("the journal %s takes no more lines: %s", self.journal.folder, error)
            self.trouble = f"{self.lost} lines lost: {error}"
        else:
            self.trouble = ""

    def _tell_losses(self) -> None:
        """Once the disk takes lines again: a gap for each channel that lost some."""
        for channel, since in list(self._losing.items()):
            self.journal.append(GapOpened(channel, since, Reason.DISK))
            self.journal.append(GapClosed(channel, datetime.now(UTC)))
            del self._losing[channel]

    @property
    def _path(self) -> Path:
        return self.journal.folder / "heard.json"

    def _remembered(self) -> set[int]:
        try:
            return set(json.loads(self._path.read_text(encoding="ascii")))
        except FileNotFoundError:
            return set()
        except ValueError:
            logger.warning("%s is damaged: gaps of the last run cannot be told", self._path)
            return set()

    def _remember(self, channels: set[int]) -> None:
        self._heard = channels
        try:
            write_atomically(self._path, json.dumps(sorted(channels)))
        except OSError as error:
            self.trouble = f"{self._path} cannot be written: {error}"


def moment(message: Message, oldest: datetime | None = None) -> datetime:
    """The server's time of a message, or now where it gives none or an absurd one: one of the future, or before
    `oldest` (a week ago). https://ircv3.net/specs/extensions/server-time"""
    now = datetime.now(UTC)
    try:
        at = datetime.fromisoformat(message.tags["time"])
    except (KeyError, ValueError):
        return now
    if at.tzinfo is None or not (oldest or now - PAST) <= at <= now + FUTURE:
        return now
    return at.astimezone(UTC)


def entry_of(channel: int, described: Described, message: Message, at: datetime) -> Entry:
    account = message.tags.get("account") or None
    msgid = message.tags.get("msgid") or None
    kind = Kind[described.kind]
    return Entry(channel, at, kind, message.nick, described.text, account, msgid, described.target)
