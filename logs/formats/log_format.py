"""What log formats are parsed into and written from, and the description of a format."""

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
    """One line of a log. `at` has a time zone; the kinds use the other fields as logs.models.Line does.

    `id` is the line's id in the archive that exported it; `old` are the numbers under which other sites published it.
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
    """A line of a file that the format cannot parse."""

    number: int
    text: str


class MissingTime(NamedTuple):
    """A gap of the archive that exported the log, with its reason; `end` is None if it was still open."""

    start: datetime
    end: datetime | None
    reason: str


class FilledLines(NamedTuple):
    """The range of line ids that came from another log, and that log's name."""

    first: int
    last: int
    name: str


Item = LogLine | UnparsedLine | MissingTime | FilledLines
NumberedLine = tuple[int, str]


@dataclass(frozen=True, slots=True)
class ParseContext:
    """What is known from outside a file: the zone for times without one, and the day if its lines lack it."""

    zone: tzinfo = UTC
    day: date | None = None


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What a writer needs to know: the channel's name, and the zone of times that are written without one."""

    channel: str
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Format:
    """A log format.

    `parse` takes the numbered lines of one file, in order, and yields items. It never raises for the content of a line,
    but UnreadableError if neither the lines nor the context contain the day. It skips what does not belong to the
    channel's log (headers, blank lines, status messages).
    `write`, if there is one, yields the lines of a file without line ends; it omits what the format cannot express.
    `zoned`: times contain their zone, or always have the same. `generic`: made for the logs of many programs; a format
    made for one program is preferred.
    """

    name: str
    title: str
    parse: Callable[[Iterable[NumberedLine], ParseContext], Iterator[Item]]
    zoned: bool
    generic: bool = False
    write: Callable[[Iterable[LogLine], WriteOptions], Iterator[str]] | None = None
