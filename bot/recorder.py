"""What a channel said → the journal. The only place where the bot makes entries."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.irc.message import Message
from logs.ingest.entry import Entry, GapClosed, GapOpened, Record, TopicKnown
from logs.ingest.journal import Journal
from logs.models import Kind
from logs.models.gap import Reason

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
        self._losing: dict[int, datetime] = {}
        self._heard = self._remembered()

    def line(self, channel: int, kind: Kind, message: Message, text: str = "", target: str | None = None) -> None:
        """Records what the message's source did in a channel."""
        account = message.tags.get("account") or None
        msgid = message.tags.get("msgid") or None
        at = moment(message)
        self._append(Entry(channel, at, kind, message.nick, text, account=account, msgid=msgid, target=target))
        self.lines += 1
        self.last_line[channel] = at

    def topic(self, channel: int, text: str) -> None:
        self._append(TopicKnown(channel, text))

    def heard(self, channel: int) -> None:
        """From now on the channel is heard."""
        self._append(GapClosed(channel, datetime.now(UTC)))
        self._remember(self._heard | {channel})

    def unheard(self, channel: int, reason: Reason, since: datetime | None = None) -> None:
        """From now on, or since then, the channel is not heard; nothing when it was not heard anyway."""
        if channel in self._heard:
            self._append(GapOpened(channel, since or datetime.now(UTC), reason))
            self._remember(self._heard - {channel})

    def after_crash(self) -> None:
        """Notes a gap for every channel that an earlier run was hearing when it ended without a word."""
        for channel in sorted(self._heard):
            self.unheard(channel, Reason.STOPPED, self.journal.heard_until)

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
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(sorted(channels)), encoding="ascii")
            fresh.rename(self._path)
        except OSError as error:
            self.trouble = f"{self._path} cannot be written: {error}"


def moment(message: Message) -> datetime:
    """The server's time of a message, or now where it gives none or an absurd one (https://ircv3.net/specs/extensions/server-time)."""
    now = datetime.now(UTC)
    try:
        at = datetime.fromisoformat(message.tags["time"])
    except (KeyError, ValueError):
        return now
    if at.tzinfo is None or not now - PAST <= at <= now + FUTURE:
        return now
    return at.astimezone(UTC)
