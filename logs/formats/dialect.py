"""The frame that most formats share: a time, then what is said, done, noticed or what happened."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, tzinfo

from logs.formats.clock import Clock
from logs.formats.events import Events, bare
from logs.formats.line import ACTION, MESSAGE, NOTICE, Item, Line, Numbered, Source, Unparsed

Header = Callable[[Clock, str], bool]
When = Callable[[Clock, str], datetime | None]
Expand = Callable[[datetime, str], list[Line]]

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
                yield Line(at, MESSAGE, bare(match["nick"]), match["text"])
            elif match.lastgroup == "did":
                yield Line(at, ACTION, bare(match["actor"]), match["did"])
            elif match.lastgroup == "noticed":
                yield Line(at, NOTICE, bare(match["noticer"]), match["noticed"])
            elif line := events.line(at, match["event"]):
                yield line
            elif not events.passes_over(match["event"]):
                yield from (expand(at, match["event"]) if expand else ()) or (Unparsed(number, text),)

    return parse
