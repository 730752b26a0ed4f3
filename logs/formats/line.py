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


class Line(NamedTuple):
    """One thing said or done. `at` is aware; the kinds use the other fields as logs.models.Line does.

    `id` is the line's number in the archive that it comes from.
    """

    at: datetime
    kind: int
    nick: str
    text: str = ""
    target: str | None = None
    account: str | None = None
    msgid: str | None = None
    id: int | None = None


class Unparsed(NamedTuple):
    """A line of a file that the format does not know."""

    number: int
    text: str


Item = Line | Unparsed
Numbered = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Source:
    """What the surroundings of a log say: the zone of times without one, the day of a file that does not name it."""

    zone: tzinfo = UTC
    day: date | None = None

    def known_day(self) -> date:
        """For formats whose lines do not tell it."""
        if self.day is None:
            raise ValueError("The name of the file does not tell its day.")
        return self.day


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a log.

    `parse` takes the numbered lines of one file, in order, and gives what they mean; it never raises for what stands in
    them. What is neither said nor done in the channel (headers, blank lines, status) it passes over. `dated`: the lines
    tell their day; otherwise `parse` needs `Source.day`. `zoned`: the lines tell their zone, or it is always the same.
    """

    name: str
    title: str
    parse: Callable[[Iterable[Numbered], Source], Iterator[Item]]
    dated: bool
    zoned: bool
