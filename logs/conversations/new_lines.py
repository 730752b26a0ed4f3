"""Finds the answers of lines as the bot stores them, in the same transaction: live shows what a reload would show.

It may never hold the bot up: a batch with many lines, lines of the past and lines whose predecessors are not decided
yet are left to logs.conversations.backlog.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence

from django.db import transaction

from logs.conversations.decisions import store_sender_decisions
from logs.conversations.linker import LinkedLine, ReplyLinker, linker_before
from logs.conversations.reply_store import Reply, advance_progress, fetch_progress_of_enabled, write_replies
from logs.greenlets import yield_control
from logs.ingest.entry import Entry
from logs.models.line import SAID

logger = logging.getLogger(__name__)

MAX_LINES = 100
"""Lines decided in one transaction: at about 0.3 ms each, the commit takes at most 30 ms longer."""

MAX_CHANNELS = 200
"""Channels whose window stays in memory; a window takes about 100 kB."""


class NewLineLinker:
    """Keeps the windows of the channels that were active last. Belongs to one writer."""

    def __init__(self) -> None:
        # By channel: the highest id that was stored when the window was used last, and the window.
        self._linkers: OrderedDict[int, tuple[int, ReplyLinker]] = OrderedDict()
        self.failures = 0

    def link(self, stored: Sequence[tuple[int, Entry]]) -> None:
        """Decide lines that were stored just now, in the caller's transaction, which holds the channels' counters.

        A failure is logged and counted, and costs the answers of these lines only.
        """
        if not stored:
            return
        try:
            with transaction.atomic():
                by_sender = store_sender_decisions(stored)
                if sum(entry.kind in SAID for _, entry in stored) <= MAX_LINES:
                    self._link(stored, by_sender)
        except Exception:
            # Lines are worth more than their answers: the transaction that stores them goes on.
            logger.exception("The answers of new lines were not found.")
            self.failures += 1
            self._linkers.clear()

    def _link(self, stored: Sequence[tuple[int, Entry]], by_sender: Mapping[tuple[int, int], Reply]) -> None:
        by_channel: dict[int, list[tuple[int, Entry]]] = defaultdict(list)
        for line_id, entry in stored:
            by_channel[entry.channel].append((line_id, entry))
        progress = fetch_progress_of_enabled(by_channel)
        replies: dict[int, dict[int, Reply | None]] = {}
        steps: dict[int, tuple[int, int]] = {}
        for channel, lines in by_channel.items():
            first, last = lines[0][0], lines[-1][0]
            if progress.get(channel) != first - 1:
                continue
            decided = self._decide(channel, lines, by_sender)
            if decided is not None:
                replies[channel], steps[channel] = decided, (first - 1, last)
        write_replies(replies)
        advance_progress(steps)

    def _decide(
        self, channel: int, lines: list[tuple[int, Entry]], by_sender: Mapping[tuple[int, int], Reply]
    ) -> dict[int, Reply | None] | None:
        """Return the answers of a channel's lines; None if one was said before lines that are stored already."""
        messages = [
            LinkedLine(line_id, entry.at, entry.nick, entry.text) for line_id, entry in lines if entry.kind in SAID
        ]
        if messages:
            last_known, linker = self._linkers.get(channel, (0, None))
            if linker is None or last_known != lines[0][0] - 1:
                linker = linker_before(channel, messages[0].at, messages[0].id)
            self._linkers.pop(channel, None)
            replies: dict[int, Reply | None] = {}
            for line in messages:
                if linker.newest is not None and (line.at, line.id) < linker.newest:
                    return None
                replies[line.id] = linker.decide(line, by_sender.get((channel, line.id)))
                # Received lines are journaled in between.
                yield_control()
        else:
            replies = {}
            linker = self._linkers.pop(channel, (0, None))[1]
        if linker is not None:
            self._linkers[channel] = (lines[-1][0], linker)
            if len(self._linkers) > MAX_CHANNELS:
                self._linkers.popitem(last=False)
        return replies
