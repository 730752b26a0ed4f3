"""The frame that most formats share: a time, then what is said, done, noticed or what happened."""
# MERGED: """What the writers of log files share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final

from logs.formats.clock import MONTHS, Clock
from logs.formats.log_format import ACTION, MESSAGE, NOTICE, Item, LogLine, NumberedLine, ParseContext, UnparsedLine

# MERGED: Tables of what happened in words: the first pattern that fits a whole text tells the kind of the line.


HeaderReader = Callable[[Clock, str], bool]
TimeReader = Callable[[Clock, str], datetime | None]
EventExpander = Callable[[datetime, str], list[LogLine]]

TIME_PATTERN = r"(?P<time>\d\d:\d\d(?::\d\d)?)"
TIMESTAMP_PATTERN = r"(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)"


def is_blank(_clock: Clock, text: str) -> bool:
    return not text.strip()


def parse_time(clock: Clock, text: str) -> datetime | None:
    """The moment of a time of day, or of a time with its date and perhaps its zone; None when there is no such time."""
    try:
        if len(text) <= len("HH:MM:SS"):
            return clock.time(text)
        at = datetime.fromisoformat(text)
        return clock.moment(at) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def make_parser(
    pattern: str,
    events: EventPatterns,
    *,
    header: HeaderReader = is_blank,
    expand: EventExpander | None = None,
    zone: tzinfo | None = None,
    when: TimeReader = parse_time,
) -> Callable[[Iterable[NumberedLine], ParseContext], Iterator[Item]]:
    """The `parse` of a format whose lines are of such a pattern.

    The pattern names `time`, and then `nick` and `text`, `actor` and `did`, `noticer` and `noticed`, or `event`; the
    last of each pair takes part even if it is empty. `header` tells whether a line that is none of these is known all
    the same, and may set the clock. `expand` gives the lines of events that no pattern tells.
    `zone`: that of the format. `when` reads the time, if `moment` cannot.
    """
    compiled = re.compile(pattern, re.DOTALL)

    def parse(lines: Iterable[NumberedLine], source: ParseContext) -> Iterator[Item]:
        clock = Clock(zone or source.zone, source.day)
        match_line = compiled.fullmatch
        for number, text in lines:
            match = match_line(text)
            at = when(clock, match["time"]) if match else None
            if match is None or at is None:
                if not header(clock, text):
                    yield UnparsedLine(number, text)
            elif match.lastgroup == "text":
                yield LogLine(at, MESSAGE, strip_rank_prefix(match["nick"]), match["text"])
            elif match.lastgroup == "did":
                yield LogLine(at, ACTION, strip_rank_prefix(match["actor"]), match["did"])
            elif match.lastgroup == "noticed":
                yield LogLine(at, NOTICE, strip_rank_prefix(match["noticer"]), match["noticed"])
            elif line := events.line(at, match["event"]):
                yield line
            elif not events.passes_over(match["event"]):
                yield from (expand(at, match["event"]) if expand else ()) or (UnparsedLine(number, text),)

    return parse


IGNORED: Final = 0
"""The kind of what a client tells its user and did not happen in the channel."""

NICK_PREFIXES = "~&@%+!"


class EventPatterns:
    """`(kind, pattern)` in the order in which they are tried; patterns name their parts `nick`, `text` and `target`."""

    def __init__(self, *events: tuple[int, str]) -> None:
        compiled = [(kind, re.compile(pattern, re.DOTALL)) for kind, pattern in events]
        self._events = [(kind, pattern.fullmatch, *_group_numbers(pattern)) for kind, pattern in compiled if kind]
        self._ignored = [pattern for kind, pattern in compiled if kind == IGNORED]

    def line(self, at: datetime, told: str) -> LogLine | None:
        """What happened, if it is one of these events."""
        for kind, matched, nick, text, target in self._events:
            if match := matched(told):
                return LogLine(
                    at,
                    kind,
                    match[nick] if nick else "",
                    (text and match[text]) or "",
                    match[target] if target else None,
                )
        return None

    def passes_over(self, told: str) -> bool:
        """Whether it did not happen in the channel."""
        return any(pattern.fullmatch(told) for pattern in self._ignored)


def _group_numbers(pattern: re.Pattern[str]) -> tuple[int, int, int]:
    """The numbers of the groups; 0 for what a pattern does not tell."""
    nick, text, target = (pattern.groupindex.get(name, 0) for name in ("nick", "text", "target"))
    return nick, text, target


def strip_rank_prefix(nick: str) -> str:
    """A nick without the sign of its rank in the channel."""
    return nick.lstrip(NICK_PREFIXES) or nick


NO_HOST = "*@*"
"""Stands where clients write user and host, which are not kept."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = list(MONTHS)


def fill_template(templates: Mapping[int, str], line: LogLine, channel: str) -> str | None:
    """What a line did in the words of a format; None where it has none. No log can tell the end of a line in a text."""
    template = templates.get(line.kind)
    if template is None:
        return None
    text = line.text.replace("\r", " ").replace("\n", " ")
    return template.format(nick=line.nick, text=text, target=line.target, channel=channel, host=NO_HOST)


def format_day(at: datetime, *, time: bool) -> str:
    """`Sat Sep 06 2014`, or with the time `Sat Sep 06 18:28:43 2014`: in English, whatever the locale."""
    clock = f"{at:%H:%M:%S} " if time else ""
    return f"{_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at.day:02} {clock}{at.year}"
