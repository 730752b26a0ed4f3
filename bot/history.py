"""Fills gaps from the server's own history: requested with CHATHISTORY, or replayed by the server after a JOIN.

https://ircv3.net/specs/extensions/chathistory, https://wiki.znc.in/Playback
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.channels import Channels
from bot.desired_state import WantedChannel
from bot.history_fill import Fill, Request
from bot.irc.batches import Batch
from bot.irc.capabilities import Capabilities
from bot.irc.isupport import Isupport
from bot.irc.message import Message, Send
from bot.known_lines import SECOND
from bot.nickname import Nickname
from bot.recorder import Recorder, make_entry
from bot.server_clock import MAX_LEAD, server_time_of
from logs.ingest.entry import Entry
from logs.models.line import PRESENCE_KINDS

CHATHISTORY = "draft/chathistory"
ZNC_PLAYBACK = "znc.in/playback"
REPLAY_BATCHES = ("chathistory", "znc.in/playback", "playback")
TEXT_COMMANDS = ("PRIVMSG", "NOTICE")
MAX_LIVE_DELAY = timedelta(seconds=5)
"""A message that was said this long before our JOIN is no live one."""


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
        self._clock = recorder.clock
        self._send = send
        self._fills: dict[int, Fill] = {}

    @property
    def is_settled(self) -> bool:
        """Whether the server has answered every request."""
        return not any(fill.request for fill in self._fills.values())

    def start(self, channel: WantedChannel, join: Message) -> None:
        """Begin to fill the channel's gap, if it has one, after our own JOIN."""
        self._fills.pop(channel.id, None)
        cursor = self._recorder.cursor(channel.id)
        if cursor is None:
            return
        if self._recorder.has_forgotten_lines(channel.id):
            # What was received since then, in a fill that was interrupted, could not be told from what is missing.
            self._recorder.drop_cursor(channel.id)
            return
        now = datetime.now(UTC)
        until = server_time_of(join)
        if until is None and self._clock.offset is not None:
            until = self._clock.estimate_server_time(now)
        known = self._recorder.known_lines(channel.id)
        fill = Fill(
            channel=channel,
            cursor=cursor,
            known=self._recorder.index_known_lines(channel.id),
            said_at=[line.server_at for line in known if line.server_at and line.is_message],
            until=until,
            until_local=now,
            page_limit=self._isupport.history_page,
            has_page_limit="CHATHISTORY" in self._isupport.tokens,
            uses_msgids=self._supports_msgids(),
        )
        fill.latest_at = self._clock.to_local(cursor.at)
        self._fills[channel.id] = fill
        if CHATHISTORY in self._capabilities.enabled:
            self._request(fill, fill.first_request())
        elif ZNC_PLAYBACK in self._capabilities.enabled:
            self._send("PRIVMSG", "*playback", f"PLAY {channel.name} {(cursor.at - SECOND).timestamp():.3f}")
        # Any other server may still replay by itself; the fill waits for that.

    def handle_message(self, batch: Batch, message: Message) -> bool:
        """Process a message of a batch if the batch is a replay; return whether it is one."""
        # Some servers put the replay into another batch, for example labeled-response.
        replay = batch.enclosing(*REPLAY_BATCHES)
        if replay is None:
            return False
        channel = self._channels.get(replay.params[0] if replay.params else message.param(0))
        if channel is not None and (fill := self._fills.get(channel.id)) is not None:
            self._add_line(fill, message)
        return True

    def handle_unmarked(self, message: Message) -> bool:
        """Record a line that a bouncer repeats without a batch, as WeeChat's relay does; return whether it is one.

        Such a replay has no end, so it closes no gap.
        """
        at = server_time_of(message)
        if message.command not in TEXT_COMMANDS or not self._fills or at is None:
            return False
        if "batch" in self._capabilities.enabled:
            return False
        channel = self._channels.get(self._isupport.channel_of(message.param(0)))
        fill = self._fills.get(channel.id) if channel else None
        if fill is None or fill.request or self._clock.estimate_local_time(at) > fill.until_local - MAX_LIVE_DELAY:
            return False
        message.restricted_to = self._isupport.restricting_symbols(message.param(0))
        entry = self._recorder.prepare(fill.channel.id, message, self._clock.to_local(at))
        if entry is not None:
            self._record_unknown(fill, entry, at)
        return True

    def end_batch(self, batch: Batch) -> None:
        """Process the end of a batch: request the next page, or record what has been filled."""
        if batch.kind not in REPLAY_BATCHES or not batch.params:
            return
        channel = self._channels.get(batch.params[0])
        fill = self._fills.get(channel.id) if channel else None
        if fill is None:
            return
        if fill.request is None:
            if fill.first_at is not None:
                self._end(fill, is_complete=True)
        elif request := fill.next_request(fill.request):
            self._request(fill, request)
        else:
            self._end(fill, is_complete=True)

    def handle_failure(self, message: Message) -> None:
        """Process FAIL CHATHISTORY: request by time where a message id was unknown, else leave the gap."""
        names = message.params[2:-1]
        for fill in list(self._fills.values()):
            is_about_fill = any(self._isupport.is_same_name(name, fill.channel.name) for name in names)
            if fill.request and is_about_fill:
                if request := fill.request_after_failure(fill.request):
                    self._request(fill, request)
                else:
                    self._end(fill, is_complete=False)

    def _request(self, fill: Fill, request: Request) -> None:
        fill.begin_page(request)
        self._send("CHATHISTORY", request.subcommand, fill.channel.name, request.position, str(request.limit))

    def _add_line(self, fill: Fill, message: Message) -> None:
        server_at = server_time_of(message)
        at = datetime.now(UTC) if server_at is None else self._clock.to_local(server_at)
        if make_entry(fill.channel.id, message, at) is None:
            return
        # The next page begins after this line, whether or not it is recorded. The server knows only its own ids.
        fill.note_line(message.server_msgid or message.tags.get("msgid", ""), server_at)
        # Without an estimate of the server's clock, a time ahead of ours is as good as none.
        if self._clock.offset is None:
            at = min(at, datetime.now(UTC) + MAX_LEAD)
        if message.is_about_history:
            return
        if message.command in TEXT_COMMANDS:
            message.restricted_to = self._isupport.restricting_symbols(message.param(0))
        entry = self._recorder.prepare(fill.channel.id, message, at)
        if entry is None:
            return
        if entry.kind in PRESENCE_KINDS and self._is_our_own(message):
            # Our own coming and going is not recorded live either.
            return
        self._record_unknown(fill, entry, server_at)

    def _record_unknown(self, fill: Fill, entry: Entry, server_at: datetime | None) -> None:
        """Record a line of a replay unless it is one that we have."""
        known_at = fill.known.take(entry, server_at)
        if known_at is not None:
            fill.note_known(self._clock.to_local(known_at), server_at, has_msgid=bool(entry.msgid))
        elif fill.wants(server_at, has_msgid=bool(entry.msgid)):
            if not entry.msgid:
                # After the first new line none from before the gap follows, even if one looks like it.
                fill.known.ignore_untimed(self._clock.estimate_server_time(fill.cursor.gap_start))
            self._recorder.record_replayed(replace(entry, at=fill.in_order(entry.at)), server_at)

    def _end(self, fill: Fill, *, is_complete: bool) -> None:
        """Record what a fill has filled; the rest stays a gap."""
        self._fills.pop(fill.channel.id)
        start = min(self._clock.to_local(fill.cursor.at), fill.cursor.gap_start)
        filled = fill.filled_intervals(is_complete=is_complete)
        # A time is filled if it is so by both readings of the server's clock: as recorded, and as it probably was.
        readings = (self._clock.to_local, self._clock.estimate_local_time)
        if self._clock.offset is None and filled != [(None, None)]:
            # Nothing says when that was by our clock: all of the gap stays.
            filled = []
        for since, until in filled:
            first = start if since is None else max(read(since) for read in readings)
            last = fill.until_local if until is None else min(read(until) for read in readings)
            self._recorder.mark_filled(fill.channel.id, first, min(last, fill.until_local))
        self._recorder.drop_cursor(fill.channel.id)

    def _is_our_own(self, message: Message) -> bool:
        is_target = self._isupport.is_same_name(message.nick, self._nickname.target)
        return is_target or self._nickname.is_own_connection(message)

    def _supports_msgids(self) -> bool:
        """Whether CHATHISTORY accepts message ids (MSGREFTYPES); a server that does not say accepts both types."""
        return "msgid" in self._isupport.tokens.get("MSGREFTYPES", "msgid").split(",")
