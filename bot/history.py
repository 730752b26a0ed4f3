"""What was missed, from the server's own history: asked for (CHATHISTORY), or played back on joining.

https://ircv3.net/specs/extensions/chathistory, https://wiki.znc.in/Playback
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.desired_state import WantedChannel
from bot.history_cursor import Cursor
from bot.irc.batches import Batch
from bot.irc.channel_event import describe
from bot.irc.message import Message
from bot.recorder import entry_of, moment
from logs.ingest.entry import Entry

if TYPE_CHECKING:
    from bot.session import Session


CHATHISTORY = "draft/chathistory"
ZNC = "znc.in/playback"
REPLAYS = ("chathistory", "znc.in/playback", "playback")
PAGE = 100
MOST_PAGES = 10_000
LOOK_BACK = timedelta(seconds=1)


@dataclass(slots=True)
class Fill:
    """A hole being filled up to `until` (the server's time of our joining; `until_ours` is ours)."""

    channel: WantedChannel
    cursor: Cursor
    until: datetime
    until_ours: datetime
    asked: str = ""
    pages: int = 0
    found: int = 0
    first: datetime | None = None
    last: str = ""
    last_at: datetime | None = None
    overlaps: bool = False
    floor: datetime | None = None
    known: list[Entry] = field(default_factory=list)

    def ordered(self, at: datetime) -> datetime:
        """A line's time, not before that of the line before it: some servers cut the times of history to seconds."""
        self.floor = max(at, self.floor) if self.floor and self.floor - at < LOOK_BACK else at
        return self.floor

    def counterpart(self, entry: Entry) -> Entry | None:
        """The line that we had before and that this one repeats: by its message id, else by nick and text within a
        second, each line standing for one only."""
        for known in self.known:
            if entry.msgid or known.msgid:
                same = entry.msgid == known.msgid
            else:
                alike = (known.kind, known.nick, known.text) == (entry.kind, entry.nick, entry.text)
                same = alike and abs(known.at - entry.at) < LOOK_BACK
            if same:
                self.known.remove(known)
                return known
        return None


class History:
    """Fills for one session, by channel. The cursor on disk moves only when a fill has ended."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._fills: dict[int, Fill] = {}

    @property
    def settled(self) -> bool:
        """Whether the server owes us no answer."""
        return not any(fill.asked for fill in self._fills.values())

    def joined(self, channel: WantedChannel, message: Message) -> None:
        """We are in the channel, by this JOIN: takes its history up where it broke off."""
        cursor = self.session.recorder.hole(channel.id)
        if cursor is None:
            self._fills.pop(channel.id, None)
            return
        recent = self.session.recorder.recent(channel.id)
        fill = Fill(channel, cursor, moment(message), datetime.now(UTC), floor=cursor.at, known=recent)
        self._fills[channel.id] = fill
        enabled = self.session.registration.capabilities.enabled
        if CHATHISTORY in enabled:
            self._ask(fill, f"msgid={cursor.msgid}" if cursor.msgid and self._knows_msgids() else _stamp(cursor.at))
        elif ZNC in enabled:
            self.session.send("PRIVMSG", "*playback", f"PLAY {channel.name} {(cursor.at - LOOK_BACK).timestamp():.3f}")

    def take(self, batch: Batch, message: Message) -> bool:
        """Whether the message is history, and dealt with."""
        replay = batch.within(*REPLAYS)
        if replay is None:
            return False
        channel = self.session.channels.get(replay.params[0] if replay.params else message.param(0))
        described = describe(message)
        if channel is None or described is None or (self.session.me(message.nick) and described.kind == "JOIN"):
            return True
        fill = self._fills.get(channel.id)
        if fill is not None:
            self._play(fill, message)
        return True

    def ended(self, batch: Batch) -> None:
        """A batch is complete: asks for the next page, or notes what is filled."""
        if batch.kind not in REPLAYS or not batch.params:
            return
        channel = self.session.channels.get(batch.params[0])
        fill = self._fills.get(channel.id) if channel else None
        if fill is None:
            return
        if not fill.asked:
            self._end_replay(fill)
        elif fill.found == 0 and fill.asked.startswith("msgid="):
            self._ask(fill, _stamp(fill.cursor.at))  # the server may have forgotten that line
        elif fill.last and fill.last != fill.asked and not _reaches(fill) and fill.pages < MOST_PAGES:
            self._ask(fill, fill.last)
        else:
            self._fills.pop(fill.channel.id)
            self.session.recorder.filled(fill.channel.id, _since(fill.cursor), fill.until_ours)

    def failed(self, message: Message) -> None:
        """FAIL CHATHISTORY: asks by time where a message id was not known; else the gap stays."""
        names = message.params[2:-1]
        for fill in list(self._fills.values()):
            if fill.asked and any(self.session.members.same(name, fill.channel.name) for name in names):
                if fill.asked.startswith("msgid=") and fill.pages <= 1:
                    self._ask(fill, _stamp(fill.cursor.at))
                else:
                    self._fills.pop(fill.channel.id)
                    self.session.recorder.unfillable(fill.channel.id)

    def _ask(self, fill: Fill, after: str) -> None:
        fill.asked, fill.last = after, ""
        fill.pages += 1
        page = min(PAGE, self.session.isupport.history_page)
        self.session.send("CHATHISTORY", "AFTER", fill.channel.name, after, str(page))

    def _play(self, fill: Fill, message: Message) -> None:
        described = describe(message)
        at = moment(message, fill.cursor.at - LOOK_BACK)
        msgid = message.tags.get("msgid")
        stamp = _moment_or_none(message)
        # The next page begins behind the last line of this one, whether or not that line is kept.
        fill.last = f"msgid={msgid}" if msgid and self._knows_msgids() else _stamp(stamp or at)
        fill.last_at = stamp or at
        fill.found += 1
        fill.first = fill.first or stamp or at
        if stamp is not None and stamp < fill.cursor.at - LOOK_BACK:
            fill.overlaps = True
            return
        if described is None:
            return
        known = fill.counterpart(entry_of(fill.channel.id, described, message, at))
        if known:
            fill.overlaps = True
            fill.ordered(known.at)
        elif msgid or at < fill.until:
            if not msgid:  # history is in order: what follows a new line is new, however much it looks like a known one
                fill.known.clear()
            self.session.recorder.line(fill.channel.id, described, message, fill.ordered(at), replayed=True)

    def _end_replay(self, fill: Fill) -> None:
        """A playback that nobody asked for is whole if it reaches back to what we have."""
        if fill.first is None:
            return
        self._fills.pop(fill.channel.id)
        whole = fill.overlaps or fill.first <= fill.cursor.at
        self.session.recorder.filled(fill.channel.id, _since(fill.cursor) if whole else fill.first, fill.until_ours)

    def _knows_msgids(self) -> bool:
        """MSGREFTYPES; a server that does not tell knows both."""
        types = self.session.isupport.tokens.get("MSGREFTYPES", "msgid")
        return "msgid" in types.split(",")


def _reaches(fill: Fill) -> bool:
    return fill.last_at is not None and fill.last_at > fill.until


def _since(cursor: Cursor) -> datetime:
    return min(cursor.at, cursor.since)


def _stamp(at: datetime) -> str:
    """AFTER excludes the moment itself: a thousandth earlier, so that nothing of the same moment is missed."""
    before = at.astimezone(UTC) - timedelta(milliseconds=1)
    return f"timestamp={before:%Y-%m-%dT%H:%M:%S}.{before.microsecond // 1000:03d}Z"


def _moment_or_none(message: Message) -> datetime | None:
    try:
        at = datetime.fromisoformat(message.tags["time"])
    except (KeyError, ValueError):
        return None
    return at.astimezone(UTC) if at.tzinfo else None


logger = logging.getLogger(__name__)
