"""Fills gaps from the server's own history: requested with CHATHISTORY, or replayed by the server after a JOIN.

https://ircv3.net/specs/extensions/chathistory, https://wiki.znc.in/Playback
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.channels import Channels
from bot.desired_state import WantedChannel
from bot.history_cursor import HistoryCursor
from bot.irc.batches import Batch
from bot.irc.capabilities import Capabilities
from bot.irc.isupport import Isupport
from bot.irc.message import Message, Send
from bot.nickname import Nickname
from bot.recorder import Recorder, make_entry, server_time_of, time_of
from logs.ingest.entry import Entry

CHATHISTORY = "draft/chathistory"
ZNC_PLAYBACK = "znc.in/playback"
REPLAY_BATCHES = ("chathistory", "znc.in/playback", "playback")
MAX_PAGE_LINES = 100
MAX_PAGES = 10_000
OVERLAP = timedelta(seconds=1)
"""How far before the history cursor a replay begins: some servers truncate the times of history to seconds."""


@dataclass(slots=True)
class Fill:
    """A gap being filled, from `cursor` up to `until` (our JOIN by the server's clock; `until_ours` by ours).

    `requested_after` is the position that the last CHATHISTORY named, "" where the server replays by itself.
    `last_position` and `last_at` are those of the last line received, `unmatched` the lines from before the gap that
    the replay may still repeat.
    """

    channel: WantedChannel
    cursor: HistoryCursor
    until: datetime
    until_ours: datetime
    unmatched: list[Entry] = field(default_factory=list)
    requested_after: str = ""
    page_count: int = 0
    line_count: int = 0
    first_at: datetime | None = None
    last_position: str = ""
    last_at: datetime | None = None
    overlaps: bool = False
    latest_at: datetime | None = None

    def in_order(self, at: datetime) -> datetime:
        """Return the time to record for a line, not before the line that precedes it in the replay.

        History is in order, but servers that truncate its times to seconds make lines seem to go back within a second.
        """
        self.latest_at = max(at, self.latest_at) if self.latest_at and self.latest_at - at < OVERLAP else at
        return self.latest_at

    def take_known(self, entry: Entry) -> Entry | None:
        """Return the line from before the gap that this one repeats, if any, and match it no more.

        Message ids decide where there are any, else nick and text within a second. Each known line matches one only, so
        that somebody who said the same twice is recorded twice.
        """
        for known in self.unmatched:
            if entry.msgid or known.msgid:
                is_same = entry.msgid == known.msgid
            else:
                has_same_text = (known.kind, known.nick, known.text) == (entry.kind, entry.nick, entry.text)
                is_same = has_same_text and abs(known.at - entry.at) < OVERLAP
            if is_same:
                self.unmatched.remove(known)
                return known
        return None

    @property
    def reaches_join(self) -> bool:
        return self.last_at is not None and self.last_at > self.until


class History:
    """The fills of one session, by channel id.

    The history cursor on disk is removed only when a fill has ended: after a crash in between the fill begins again.
    """

    def __init__(
        self,
        *,
        isupport: Isupport,
        capabilities: Capabilities,
        nickname: Nickname,
        channels: Channels,
        recorder: Recorder,
        send: Send,
    ) -> None:
        self._isupport = isupport
        self._capabilities = capabilities
        self._nickname = nickname
        self._channels = channels
        self._recorder = recorder
        self._send = send
        self._fills: dict[int, Fill] = {}

    @property
    def is_settled(self) -> bool:
        """Whether the server has answered every request."""
        return not any(fill.requested_after for fill in self._fills.values())

    def start(self, channel: WantedChannel, join: Message) -> None:
        """Begin to fill the channel's gap, if it has one, after our own JOIN."""
        cursor = self._recorder.cursor(channel.id)
        if cursor is None:
            self._fills.pop(channel.id, None)
            return
        fill = Fill(channel, cursor, time_of(join), datetime.now(UTC), self._recorder.recent_entries(channel.id))
        fill.latest_at = cursor.at
        self._fills[channel.id] = fill
        if CHATHISTORY in self._capabilities.enabled:
            has_msgid = cursor.msgid and self._supports_msgids()
            self._request(fill, f"msgid={cursor.msgid}" if has_msgid else _position_before(cursor.at))
        elif ZNC_PLAYBACK in self._capabilities.enabled:
            self._send("PRIVMSG", "*playback", f"PLAY {channel.name} {(cursor.at - OVERLAP).timestamp():.3f}")
        # Any other server may still replay by itself; the fill waits for that.

    def handle_message(self, batch: Batch, message: Message) -> bool:
        """Process a message of a batch if the batch is a replay; return whether it is one."""
        # Some servers put the replay into another batch, for example labeled-response.
        replay = batch.enclosing(*REPLAY_BATCHES)
        if replay is None:
            return False
        channel = self._channels.get(replay.params[0] if replay.params else message.param(0))
        is_our_join = message.command == "JOIN" and self._nickname.is_ours(message.nick)
        if channel is not None and not is_our_join and (fill := self._fills.get(channel.id)) is not None:
            self._add_line(fill, message)
        return True

    def end_batch(self, batch: Batch) -> None:
        """Process the end of a batch: request the next page, or record what has been filled."""
        if batch.kind not in REPLAY_BATCHES or not batch.params:
            return
        channel = self._channels.get(batch.params[0])
        fill = self._fills.get(channel.id) if channel else None
        if fill is None:
            return
        if not fill.requested_after:
            self._end_replay(fill)
        elif fill.line_count == 0 and fill.requested_after.startswith("msgid="):
            # The server may have forgotten the line with this id, so an empty page proves nothing: request by time.
            self._request(fill, _position_before(fill.cursor.at))
        elif self._has_more_pages(fill):
            self._request(fill, fill.last_position)
        else:
            self._fills.pop(fill.channel.id)
            self._recorder.mark_filled(fill.channel.id, fill.cursor.start, fill.until_ours)

    def handle_failure(self, message: Message) -> None:
        """Process FAIL CHATHISTORY: request by time where a message id was unknown, else leave the gap."""
        names = message.params[2:-1]
        for fill in list(self._fills.values()):
            is_about_fill = any(self._isupport.is_same_name(name, fill.channel.name) for name in names)
            if fill.requested_after and is_about_fill:
                if fill.requested_after.startswith("msgid=") and fill.page_count <= 1:
                    self._request(fill, _position_before(fill.cursor.at))
                else:
                    self._fills.pop(fill.channel.id)
                    self._recorder.leave_unfilled(fill.channel.id)

    @staticmethod
    def _has_more_pages(fill: Fill) -> bool:
        # The server does not say which page is the last. One that is empty, that ends where the one before did, or
        # that reaches the time of our JOIN is.
        made_progress = fill.last_position and fill.last_position != fill.requested_after
        return bool(made_progress) and not fill.reaches_join and fill.page_count < MAX_PAGES

    def _request(self, fill: Fill, after: str) -> None:
        fill.requested_after, fill.last_position = after, ""
        fill.page_count += 1
        page_lines = min(MAX_PAGE_LINES, self._isupport.history_page)
        self._send("CHATHISTORY", "AFTER", fill.channel.name, after, str(page_lines))

    def _add_line(self, fill: Fill, message: Message) -> None:
        resume_at = fill.cursor.at
        at = time_of(message, resume_at - OVERLAP)
        entry = make_entry(fill.channel.id, message, at)
        if entry is None:
            return
        server_at = server_time_of(message)
        # The next page begins after this line, whether or not it is recorded.
        use_msgid = entry.msgid and self._supports_msgids()
        fill.last_position = f"msgid={entry.msgid}" if use_msgid else _position_before(server_at or at)
        fill.last_at = server_at or at
        fill.line_count += 1
        fill.first_at = fill.first_at or server_at or at
        if server_at is not None and server_at < resume_at - OVERLAP:
            fill.overlaps = True
            return
        known = fill.take_known(entry)
        if known:
            fill.overlaps = True
            fill.in_order(known.at)
        elif entry.msgid or at < fill.until:
            # Without ids a line after our JOIN is left out: we have received it live. With ids the database recognises
            # duplicates, so nothing needs to be left out.
            if not entry.msgid:
                # History is in order: after the first new line all others are new, even if they look like known ones.
                fill.unmatched.clear()
            self._recorder.record(fill.channel.id, message, fill.in_order(at), replayed=True)

    def _end_replay(self, fill: Fill) -> None:
        """Record what an unrequested replay has filled: the whole gap only if it reaches back to lines that we have."""
        if fill.first_at is None:
            return
        self._fills.pop(fill.channel.id)
        is_complete = fill.overlaps or fill.first_at <= fill.cursor.at
        since = fill.cursor.start if is_complete else fill.first_at
        self._recorder.mark_filled(fill.channel.id, since, fill.until_ours)

    def _supports_msgids(self) -> bool:
        """Whether CHATHISTORY accepts message ids (MSGREFTYPES); a server that does not say accepts both types."""
        return "msgid" in self._isupport.tokens.get("MSGREFTYPES", "msgid").split(",")


def _position_before(at: datetime) -> str:
    """Return a position for CHATHISTORY AFTER that includes lines of this time.

    AFTER excludes the position itself, so it is a millisecond earlier.
    """
    before = at.astimezone(UTC) - timedelta(milliseconds=1)
    return f"timestamp={before:%Y-%m-%dT%H:%M:%S}.{before.microsecond // 1000:03d}Z"
