"""The frame that most formats share: a time, then what is said, done, noticed or what happened."""
# MERGED: Tables of what happened in words: the first pattern that fits a whole text tells the kind of the line.

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import Final

from logs.formats.base import ACTION, MESSAGE, NOTICE, Item, LogLine, Numbered, Source, Unparsed
from logs.formats.clock import Clock

Header = Callable[[Clock, str], bool]
When = Callable[[Clock, str], datetime | None]
Expand = Callable[[datetime, str], list[LogLine]]

TIME = r"(?P<time>\d\d:\d\d(?::\d\d)?)"
STAMP = r"(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)"


def no_header(_clock: Clock, text: str) -> bool:
    return not text.strip()


def moment(clock: Clock, text: str) -> datetime | None:
    """The moment of a time of day, or of a time with its date and perhaps its zone; None when there is no such time."""
    try:
        if len(text) <= len("HH:MM:SS"):
            return clock.time(text)
        at = datetime.fromisoformat(text)
        return clock.moment(at) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def dialect(
    pattern: str,
    events: Events,
    *,
    header: Header = no_header,
    expand: Expand | None = None,
    zone: tzinfo | None = None,
    when: When = moment,
) -> Callable[[Iterable[Numbered], Source], Iterator[Item]]:
    """The `parse` of a format whose lines are of such a pattern.

    The pattern names `time`, and then `nick` and `text`, `actor` and `did`, `noticer` and `noticed`, or `event`; the
    last of each pair takes part even if it is empty. `header` tells whether a line that is none of these is known all
    the same, and may set the clock. `expand` gives the lines of events that no pattern tells.
    `zone`: that of the format. `when` reads the time, if `moment` cannot.
    """
    compiled = re.compile(pattern, re.DOTALL)

    def parse(lines: Iterable[Numbered], source: Source) -> Iterator[Item]:
        clock = Clock(zone or source.zone, source.day)
        match_line = compiled.fullmatch
        for number, text in lines:
            match = match_line(text)
            at = when(clock, match["time"]) if match else None
            if match is None or at is None:
                if not header(clock, text):
                    yield Unparsed(number, text)
            elif match.lastgroup == "text":
                yield LogLine(at, MESSAGE, bare(match["nick"]), match["text"])
            elif match.lastgroup == "did":
                yield LogLine(at, ACTION, bare(match["actor"]), match["did"])
            elif match.lastgroup == "noticed":
                yield LogLine(at, NOTICE, bare(match["noticer"]), match["noticed"])
            elif line := events.line(at, match["event"]):
                yield line
            elif not events.passes_over(match["event"]):
                yield from (expand(at, match["event"]) if expand else ()) or (Unparsed(number, text),)

    return parse


PASSED_OVER: Final = 0
"""The kind of what a client tells its user and did not happen in the channel."""

NICK_PREFIXES = "~&@%+!"


class Events:
    """`(kind, pattern)` in the order in which they are tried; patterns name their parts `nick`, `text` and `target`."""

    def __init__(self, *events: tuple[int, str]) -> None:
        compiled = [(kind, re.compile(pattern, re.DOTALL)) for kind, pattern in events]
        self._events = [(kind, pattern.fullmatch, *_places(pattern)) for kind, pattern in compiled if kind]
        self._ignored = [pattern for kind, pattern in compiled if kind == PASSED_OVER]

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


def _places(pattern: re.Pattern[str]) -> tuple[int, int, int]:
    """The numbers of the groups; 0 for what a pattern does not tell."""
    nick, text, target = (pattern.groupindex.get(name, 0) for name in ("nick", "text", "target"))
    return nick, text, target


def bare(nick: str) -> str:
    """A nick without the sign of its rank in the channel."""
    return nick.lstrip(NICK_PREFIXES) or nick
