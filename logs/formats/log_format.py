"""The description of a log format, and what all formats have in common: nothing private leaves them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from typing import cast

from logs.formats.log_items import (
    ACTION,
    JOIN,
    KICK,
    MESSAGE,
    MODE,
    NICK,
    NOTICE,
    PART,
    QUIT,
    REMOVED,
    TOPIC,
    UNLOGGED,
    FilledLines,
    Item,
    LogLine,
    MissingTime,
    NumberedLine,
    ReplyDecision,
    UnparsedLine,
)
from logs.formats.privacy_guard import CTCP_MARK, guard_line, tells_of_somebody
from logs.formats.speakers import DoubtfulLine, resolve_actions
from logs.formats.told_events import is_told_event

__all__ = [
    "ACTION",
    "JOIN",
    "KICK",
    "MESSAGE",
    "MODE",
    "NICK",
    "NOTICE",
    "PART",
    "QUIT",
    "REMOVED",
    "TOPIC",
    "UNLOGGED",
    "FilledLines",
    "Format",
    "Item",
    "LogLine",
    "MissingTime",
    "NumberedLine",
    "ParseContext",
    "ReplyDecision",
    "UnparsedLine",
    "WriteOptions",
]


@dataclass(frozen=True, slots=True)
class ParseContext:
    """What is known from outside a file: the zone for times without one, and the day if its lines lack it.

    `channel` is the one that the file named before the lines, where they are not its first ones; `is_below_header` says
    that the day is that of a header before them.
    """

    zone: tzinfo = UTC
    day: date | None = None
    channel: str | None = None
    is_below_header: bool = False


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What a writer needs to know: the channel's name, and the zone of times that are written without one."""

    channel: str
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Format:
    """A log format.

    `reader` takes the numbered lines of one file, in order, and yields items; callers use `parse`. It never raises for
    the content of a line, but UnreadableError if neither the lines nor the context contain the day. It skips what does
    not belong to the channel's log (headers, blank lines, status messages).
    `write`, if there is one, yields the lines of a file without line ends; it omits what the format cannot express.
    `zoned`: times contain their zone, or always have the same. `generic`: made for the logs of many programs; a format
    made for one program is preferred. `is_lossless`: the format has fields for everything and writes what the archive
    holds, so that reasons and modes are taken as they are. `actions_need_speaker`: the client begins its own
    messages as it begins actions, see `resolve_actions`. `are_actions_certain`: nothing but an action is written as
    one, also by programs whose logs look alike; elsewhere the sentence of an event is none, see `is_told_event`.
    """

    name: str
    title: str
    reader: Callable[[Iterable[NumberedLine], ParseContext], Iterator[Item]]
    zoned: bool
    generic: bool = False
    write: Callable[[Iterable[LogLine], WriteOptions], Iterator[str]] | None = None
    is_lossless: bool = False
    actions_need_speaker: bool = False
    are_actions_certain: bool = False

    def parse(self, lines: Iterable[NumberedLine], source: ParseContext) -> Iterator[Item]:
        """Yield the items of a file, without hosts, addresses and answers of a server, whatever the reader made of it.

        A line of which such a thing would remain becomes an UnparsedLine.
        """
        guarded = self.guard(lines, source)
        return resolve_actions(guarded) if self.actions_need_speaker else cast("Iterator[Item]", guarded)

    def guard(self, lines: Iterable[NumberedLine], source: ParseContext) -> Iterator[Item | DoubtfulLine]:
        """Yield like `parse`, but leave actions that need a speaker undecided (`resolve_actions` decides them).

        The items of a line are yielded before the next line is taken.
        """
        current: NumberedLine = (0, "")

        def track_lines() -> Iterator[NumberedLine]:
            nonlocal current
            for current in lines:  # noqa: UP028  (the assignment is what it is for)
                yield current

        # A channel has few nicks and many lines: the nick of something said or done is examined once.
        speakers: set[str] = set()
        names: set[str] = set()
        is_lossless = self.is_lossless
        for item in self.reader(track_lines(), source):
            if type(item) is not LogLine:
                yield item
                continue
            kind, nick = item.kind, item.nick
            is_bare = not item.text and item.target is None and kind > NOTICE
            if (nick in speakers and item.text[:1] != CTCP_MARK) if kind == MESSAGE else is_bare and nick in names:
                yield item
                continue
            line = guard_line(item, is_lossless=is_lossless)
            if line is None or (kind == ACTION and self._is_of_client(line.text)):
                yield UnparsedLine(*current)
            elif kind == ACTION and self.actions_need_speaker:
                yield DoubtfulLine(line, *current)
            else:
                if kind == MESSAGE:
                    speakers.add(nick)
                elif NOTICE < kind < REMOVED:
                    names.add(nick)
                yield line

    def _is_of_client(self, action: str) -> bool:
        """Whether what reads as an action may be what a client tells of somebody, whoever it is."""
        is_event = not (self.is_lossless or self.are_actions_certain) and is_told_event(action)
        return is_event or (self.actions_need_speaker and tells_of_somebody(action))
