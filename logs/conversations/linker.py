"""Decides for the said lines of one channel, in reading order, which earlier line each of them answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from logs.conversations.description import describe
from logs.conversations.model import load_model
from logs.conversations.reply_store import Reply, fetch_replies
from logs.conversations.said_line import SaidLine
from logs.conversations.window import WINDOW_LINES, Window
from logs.greenlets import with_yields
from logs.models import Line
from logs.models.line import SAID
from logs.text.irc_formatting import strip_formatting

CONTEXT_LINES = 2 * WINDOW_LINES
"""Lines before the first one to decide that are read again: the window itself, and what its lines answer."""


class LinkedLine(NamedTuple):
    """The columns of a line that the decision needs."""

    id: int
    at: datetime
    nick: str
    text: str


class ReplyLinker:
    """The state of one channel: the window, and the line after which it stands in reading order.

    The same lines give the same decisions. After a restart the window is filled from the last lines and their stored
    answers; only conversations that are longer than that are remembered shorter.
    """

    def __init__(self) -> None:
        self._model, table = load_model()
        self._window = Window(table)
        self._lines: dict[int, SaidLine] = {}
        self.newest: tuple[datetime, int] | None = None

    def decide(self, line: LinkedLine, decided: Reply | None = None) -> Reply:
        """Find the line that this one answers, unless it is `decided`, and add it."""
        if decided:
            self.add_decided(line, decided)
            return decided
        read = self._read(line)
        description = describe(self._window, read)
        choice = self._model.choose(description)
        parent = None if choice.place is None else description.candidates[choice.place].line
        self._add(line, read, parent)
        return Reply(parent.key if parent else 0, round(100 * choice.confidence))

    def add_decided(self, line: LinkedLine, reply: Reply | None) -> None:
        """Add a line whose answer is known already."""
        self._add(line, self._read(line), self._lines.get(reply.to) if reply else None)

    def _read(self, line: LinkedLine) -> SaidLine:
        text = line.text if line.text.isprintable() else strip_formatting(line.text)
        return self._window.read(line.id, int(line.at.timestamp()) // 60, line.nick, text)

    def _add(self, line: LinkedLine, read: SaidLine, parent: SaidLine | None) -> None:
        self._window.add(read, parent)
        self._lines[line.id] = read
        if len(self._lines) > CONTEXT_LINES:
            del self._lines[next(iter(self._lines))]
        self.newest = (line.at, line.id)


def linker_before(channel: int, at: datetime, line: int) -> ReplyLinker:
    """Return the state of a channel just before a line, filled from the archive."""
    before = Line.objects.filter(Q(at__lt=at) | Q(at=at, id__lt=line), channel=channel, kind__in=SAID, at__lte=at)
    rows = before.order_by("-at", "-id").values_list(*LinkedLine._fields)[:CONTEXT_LINES]
    context = [LinkedLine(*row) for row in rows][::-1]
    linker = ReplyLinker()
    add_context(linker, context, fetch_replies(channel, [known.id for known in context]))
    return linker


def add_context(linker: ReplyLinker, lines: Iterable[LinkedLine], replies: Mapping[int, Reply]) -> None:
    for line in with_yields(lines):
        linker.add_decided(line, replies.get(line.id))
