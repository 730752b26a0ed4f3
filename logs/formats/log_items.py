"""What log formats are parsed into and written from."""

from __future__ import annotations

from datetime import datetime
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


def make_line(at: datetime, kind: int, nick: str, text: str = "", target: str | None = None) -> LogLine:
    """A line without the rest, at half the cost of `LogLine(...)`: for what runs once per line of a log."""
    return tuple.__new__(LogLine, (at, kind, nick, text, target, None, None, None, None))


class UnparsedLine(NamedTuple):
    """A line of a file that the format cannot parse; `reason` is set where its shape is known."""

    number: int
    text: str
    reason: str = ""


UNKNOWN_DAY: Final = "its day is not known"
"""The reason of lines that follow a header whose day cannot be read."""


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


class ReplyDecision(NamedTuple):
    """Which line a line answers, by ids, as `by` decided; `reply_to` is None where it answers nothing."""

    line: int
    reply_to: int | None
    by: str


Item = LogLine | UnparsedLine | MissingTime | FilledLines | ReplyDecision
NumberedLine = tuple[int, str]
