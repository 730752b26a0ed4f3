"""dircproxy, a bouncer. What it writes for people has no year; what it keeps for itself has the seconds since 1970.

[01 Mar 12:00] <nick!user@host> text
[01 Mar 12:00] * nick does
[01 Mar 12:01] --> nick (user@host) joined the channel

1393675200 message #channel nick!user@host text

https://github.com/w8tvi/dircproxy
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import cast

from logs.formats.clock import Clock, YearClock
from logs.formats.line_patterns import IGNORED, EventPatterns, make_parser
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format, Item, NumberedLine, ParseContext
from logs.formats.month_names import month_number

_LINE = (
    r"\[(?P<time>\d\d [^\W\d_][^\s\d<>\]]{1,9} \d\d:\d\d|\d{9,10})\] (?:"
    r"<(?P<nick>[^ !>]+)(?:![^ >]*)?> ?(?P<text>.*)"
    r"|-(?P<noticer>[^ !]+)![^ ]+@[^ ]*- ?(?P<noticed>.*)"
    r"|\* (?P<actor>[^ ]+) ?(?P<did>.*)"
    r"|(?P<event>(?:-->|<--|---|\*\*\*) .*|-[^ !]+- .*|\[[^ \]]+\] .*))"
)
_WHO = r"(?P<nick>[^ ]+)(?: \([^ ]*@[^ ]*\))?"
_SOMEBODY = r"(?P<nick>[^ ]+) \([^ ]*@[^ ]*\)"
"""Without a host it is `You joined the channel`, the user, whose nick is not there."""
_EVENTS = EventPatterns(
    (IGNORED, r"(?:-->|<--|---) (?:You|Your|Kicked off by) .*|\*\*\* .*|-[^ ]+- .*|\[.*"),
    (JOIN, rf"--> {_SOMEBODY} joined the channel"),
    (PART, rf"<-- {_SOMEBODY} left the channel"),
    (QUIT, rf"<-- {_WHO} quit from IRC(?:: (?P<text>.*))?"),
    (KICK, rf"<-- (?P<target>[^ ]+) kicked off by {_WHO}(?:: (?P<text>.*))?"),
    (NICK, rf"--- {_WHO} changed nickname to (?P<target>[^ ]+)"),
    (MODE, rf"--- {_WHO} changed mode: (?P<text>.*)"),
    (TOPIC, rf"--- {_WHO} changed topic: :?(?P<text>.*)"),
)
_OWN_FILE = re.compile(
    r"(\d{9,10}) (message|notice|action|ctcp|join|part|kick|quit|nick|mode|topic|client|server|error) "
    r"[^ ]+ ([^ ]+) (.*)",
    re.DOTALL,
)
_SIGNS = {"join": "-->", "part": "<--", "kick": "<--", "quit": "<--", "nick": "---", "mode": "---", "topic": "---"}


def _read_time(clock: Clock, text: str) -> datetime | None:
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    day, month, hours = text.split(" ")
    number = month_number(month)
    if number is None:
        return None
    try:
        # The clock is set at the first line of each day only.
        if clock.day is None or (number, int(day)) != (clock.day.month, clock.day.day) or clock.is_day_lost:
            cast("YearClock", clock).set_month_and_day(number, int(day))
        return clock.time(hours)
    except ValueError:
        return None


def _convert_own_files(lines: Iterable[NumberedLine]) -> Iterator[NumberedLine]:
    """Rewrite the lines of the files that dircproxy keeps for itself."""
    for number, text in lines:
        match = _OWN_FILE.fullmatch(text)
        if match is None:
            yield number, text
            continue
        seconds, event, name, content = match.groups()
        match event:
            case "message":
                line = f"<{name}> {content}"
            case "notice":
                line = f"-{name}- {content}"
            case "action":
                line = f"* {name.partition('!')[0]} {content}"
            case _:
                line = f"{_SIGNS.get(event, '***')} {content}"
        yield number, f"[{seconds}] {line}"


_parse = make_parser(_LINE, _EVENTS, when=_read_time, new_clock=YearClock)


def parse(lines: Iterable[NumberedLine], source: ParseContext) -> Iterator[Item]:
    return _parse(_convert_own_files(lines), source)


DIRCPROXY = Format("dircproxy", "dircproxy", parse, zoned=False)
