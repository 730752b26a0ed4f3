"""HexChat and XChat: local time without a year, which is in the banner and rises when the month falls.

**** BEGIN LOGGING AT Wed Mar 03 10:28:36 2010
Mar 10 00:00:01 <nick>‹TAB›text
Mar 10 00:00:02 *‹TAB›nick does
Mar 10 00:00:03 *‹TAB›nick (user@host) has joined
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from logs.formats.clock import MONTHS, Clock
from logs.formats.line_patterns import IGNORED, EventPatterns, make_parser
from logs.formats.log_format import ACTION, JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format, LogLine
from logs.formats.numbered_lines import UnreadableError

_LINE = (
    r"(?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?:"
    r"<(?P<nick>[^ \t>]+)>\t(?P<text>.*)"
    r"|-(?P<noticer>[^ \t/]+)/[^ \t]+-\t(?P<noticed>.*)"
    r"|(?:\*|-->|<--|---)\t(?P<event>.*))"
)
_BANNER = re.compile(r"\*{4} (?:BEGIN|ENDING) LOGGING AT \w{3} (\w{3} [ \d]\d) \d\d:\d\d:\d\d (\d{4})")
_PRIVATE = re.compile(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:-[^ \t/]+-|>[^ \t]+<)\t.*", re.DOTALL)

_WHO = r"(?P<nick>[^ ]+) \([^ ]*@[^ ]*\)"
_EVENTS = EventPatterns(
    (IGNORED, r"(?:Now talking on|Topic for|Topic set by|You(?:'ve| have| are)|Disconnected|Channel|\*\*\*) .*"),
    (JOIN, rf"{_WHO} has joined(?: [^ ]+)?"),
    (PART, rf"{_WHO} has left(?: [#&+!][^ ]*)?(?: \(\"?(?P<text>.*?)\"?\))?"),
    (QUIT, r"(?P<nick>[^ ]+) has quit(?: \((?P<text>.*)\))?"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (KICK, r"(?P<nick>[^ ]+) has kicked (?P<target>[^ ]+) from [^ ]+(?: \((?P<text>.*)\))?"),
    (TOPIC, r"(?P<nick>[^ ]+) has changed the topic to: ?(?P<text>.*)"),
    (MODE, r"(?P<nick>[^ ]+) sets mode (?P<text>.*) on [^ ]+"),
)
_LETTERS = {
    "channel operator status": "o",
    "channel half-operator status": "h",
    "voice": "v",
    "ban": "b",
    "exempt": "e",
    "invite exempt": "I",
    "quiet": "q",
    "channel keyword": "k",
    "channel limit": "l",
    "user limit": "l",
}
_PRIVILEGE = re.compile(rf"([^ ]+) (gives|removes|sets) ({'|'.join(_LETTERS)})(?: (?:to|from|on) (.+))?")
_ACTION = re.compile(r"([^ ]+) ?(.*)", re.DOTALL)


def _banner(clock: Clock, text: str) -> bool:
    if match := _BANNER.fullmatch(text):
        clock.set_day_by_name(match[1], match[2])
        return True
    return not text.strip() or bool(_PRIVATE.fullmatch(text))


def _read_time(clock: Clock, text: str) -> datetime | None:
    if clock.day is None:
        raise UnreadableError("Neither its name nor a banner in it contains the year.")
    try:
        month, day = MONTHS[text[:3]], int(text[4:6])
        if (month, day) != (clock.day.month, clock.day.day):
            clock.set_day(_next_day(clock.day, month, day))
        return clock.time(text[7:])
    except (KeyError, ValueError):
        return None


def _next_day(today: date, month: int, day: int) -> date:
    yesterday = today - timedelta(days=1)
    # A day back is a corrected clock, not a year later.
    back = (month, day) == (yesterday.month, yesterday.day)
    year = yesterday.year if back else today.year + ((month, day) < (today.month, 1))
    return date(year, month, day)


def _expand_event(at: datetime, sentence: str) -> list[LogLine]:
    """Mode changes, which are written in words; any other sentence is an action."""
    if match := _PRIVILEGE.fullmatch(sentence):
        sign = "-" if match[2] == "removes" else "+"
        return [LogLine(at, MODE, match[1], f"{sign}{_LETTERS[match[3]]} {match[4] or ''}".rstrip())]
    match = _ACTION.fullmatch(sentence)
    return [LogLine(at, ACTION, match[1], match[2])] if match else []


HEXCHAT = Format(
    "hexchat",
    "HexChat or XChat",
    make_parser(_LINE, _EVENTS, header=_banner, expand=_expand_event, when=_read_time),
    zoned=False,
)
