"""KVIrc: local time, the day in the file's name; lines begin with the number of their kind unless that is switched off.

25 [12:00:01] <nick> text
32 [12:00:02] nick does
20 [12:00:03] nick [user@host] has joined #channel

https://www.kvirc.net/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from logs.formats.line_patterns import ANY_TIME_PATTERN, EventPatterns, make_parser
from logs.formats.log_format import ACTION, Format, Item, LogLine, NumberedLine, ParseContext

_LINE = rf"\[?{ANY_TIME_PATTERN}\]? (?:<(?P<nick>[^ >]+)> ?(?P<text>.*)|(?P<event>.*))"
_NUMBERED = re.compile(r"(\d{1,3}) (?=\[?\d)")
_ACTION_NUMBERS = {"32", "33", "146", "147"}
"""kvi_out.h: actions of others and one's own, also encrypted ones."""

_TIMED = re.compile(r"(\[?[\dT:. -]{5,30}\]? )(?:\* ?)?(.*)", re.DOTALL)
_ACTION = re.compile(r"\* ([^ ]+) (.*)", re.DOTALL)


def _expand_event(at: datetime, sentence: str) -> list[LogLine]:
    match = _ACTION.fullmatch(sentence)
    return [LogLine(at, ACTION, match[1], match[2])] if match else []


def _without_numbers(lines: Iterable[NumberedLine]) -> Iterator[NumberedLine]:
    """The lines without the number of their kind, actions with a star in its place."""
    for number, text in lines:
        match = _NUMBERED.match(text)
        rest = text[match.end() :] if match else text
        timed = _TIMED.fullmatch(rest) if match and match[1] in _ACTION_NUMBERS else None
        yield number, f"{timed[1]}* {timed[2]}" if timed else rest


_parse = make_parser(_LINE, EventPatterns(client="kvirc"), expand=_expand_event)


def parse(lines: Iterable[NumberedLine], source: ParseContext) -> Iterator[Item]:
    return _parse(_without_numbers(lines), source)


KVIRC = Format("kvirc", "KVIrc", parse, zoned=False, actions_need_speaker=True)
