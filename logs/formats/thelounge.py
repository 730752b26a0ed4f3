"""The Lounge, as text: times with their zone.

[2014-01-01T00:00:00.123Z] <@nick> text
[2014-01-01T00:00:01.123Z] *** nick (user@host) joined
[2014-01-01T00:00:02.123Z] * @nick does

A message of several lines goes on with `| text`. https://thelounge.chat/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from logs.formats.line_patterns import IGNORED, TIMESTAMP_PATTERN, EventPatterns, make_parser
from logs.formats.log_format import (
    JOIN,
    KICK,
    MESSAGE,
    MODE,
    NICK,
    PART,
    QUIT,
    TOPIC,
    Format,
    Item,
    LogLine,
    NumberedLine,
    ParseContext,
    UnparsedLine,
)

_LINE = (
    rf"\[{TIMESTAMP_PATTERN}\] (?:"
    r"<(?P<nick>[^ >]+)> ?(?P<text>.*)"
    r"|\* (?P<actor>[^ ]+) ?(?P<did>.*)"
    r"|-(?P<noticer>[^ !@(<>]+)- ?(?P<noticed>.*)"
    r"|(?P<event>\*\*\* .*|\| .*))"
)
_WHO = r"\*\*\* (?P<nick>[^ ]+)(?: \([^ ]*\))?"
_EVENTS = EventPatterns(
    (JOIN, rf"{_WHO} joined"),
    (PART, rf"{_WHO} left(?: \((?P<text>.*)\))?"),
    (QUIT, rf"{_WHO} quit(?: \((?P<text>.*)\))?"),
    (KICK, r"\*\*\* (?P<target>[^ ]+) was kicked by (?P<nick>[^ ]+)(?: \((?P<text>.*)\))?"),
    (MODE, r"\*\*\* (?P<nick>[^ ]+) set mode (?P<text>.*)"),
    (NICK, r"\*\*\* (?P<nick>[^ ]+) changed nick to (?P<target>[^ ]+)"),
    (TOPIC, r"\*\*\* (?P<nick>[^ ]+) changed topic to(?: '(?P<text>.*)'|: .*)"),
    (IGNORED, r"\*\*\* [^ ]+ changed host to:? .*"),
)
_CONTINUED = "\0"
"""Stands for the speaker of a line that continues the message before it; no client writes it."""


def _continue(at: datetime, sentence: str) -> list[LogLine]:
    return [LogLine(at, MESSAGE, _CONTINUED, sentence[2:])] if sentence.startswith("| ") else []


_parse = make_parser(_LINE, _EVENTS, expand=_continue)


def parse(lines: Iterable[NumberedLine], source: ParseContext) -> Iterator[Item]:
    before: LogLine | None = None
    current: NumberedLine = (0, "")

    def track_lines() -> Iterator[NumberedLine]:
        nonlocal current
        for current in lines:  # noqa: UP028  (the assignment is what it is for)
            yield current

    for item in _parse(track_lines(), source):
        if isinstance(item, LogLine) and item.nick == _CONTINUED:
            is_said = before is not None and before.kind <= MESSAGE + 2
            yield before._replace(at=item.at, text=item.text) if before and is_said else UnparsedLine(*current)
            continue
        before = item if isinstance(item, LogLine) else None
        yield item


THELOUNGE = Format("thelounge", "The Lounge", parse, zoned=True)
