"""What every log format is read into and written from, and what a format has to offer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Final, NamedTuple

MESSAGE: Final = 1
ACTION: Final = 2
NOTICE: Final = 3
JOIN: Final = 4
PART: Final = 5
QUIT: Final = 6
NICK: Final = 7
KICK: Final = 8
MODE: Final = 9
TOPIC: Final = 10
REMOVED: Final = 11
UNLOGGED: Final = 12


class LogLine(NamedTuple):
    """One thing said or done. `at` is aware; the kinds use the other fields as logs.models.Line does.

    `id` is the line's number in the archive that it comes from; `old` are those that other sites knew it by.
    """

    at: datetime
    kind: int
    nick: str
    text: str = ""
    target: str | None = None
    account: str | None = None
    msgid: str | None = None
    id: int | None = None
    old: tuple[int, ...] | None = None


class UnparsedLine(NamedTuple):
    """A line of a file that the format does not know."""

    number: int
    text: str


class MissingTime(NamedTuple):
    """What the archive that a log is of does not have: from when until when (None: still going on), and why."""

    start: datetime
    end: datetime | None
    reason: str


class FilledLines(NamedTuple):
    """The lines of the archive from one number to another that are of another log, and what that is called."""

    first: int
    last: int
    name: str


Item = LogLine | UnparsedLine | MissingTime | FilledLines
NumberedLine = tuple[int, str]


@dataclass(frozen=True, slots=True)
class ParseContext:
    """What the surroundings of a log say: the zone of times without one, the day of a file that does not name it."""

    zone: tzinfo = UTC
    day: date | None = None


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What a written log has to tell: the channel's name, and the zone of times that tell none."""

    channel: str
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a log.

    `parse` takes the numbered lines of one file, in order, and gives what they mean; it never raises for what stands in
    them, but UnreadableError if neither they nor the source tell the day. What is neither said nor done in the channel
    (headers, blank lines, status) it passes over. `zoned`: the lines tell their zone, or it is always the same.
    `generic`: made for logs of many programs, so that one made for this one goes before it.
    `write` gives the lines of a file, without their ends; what the format cannot tell it leaves out.
    """

    name: str
    title: str
    parse: Callable[[Iterable[NumberedLine], ParseContext], Iterator[Item]]
    zoned: bool
    generic: bool = False
    write: Callable[[Iterable[LogLine], WriteOptions], Iterator[str]] | None = None
