"""Konversation: local time; day and time as the user's locale writes them, then type and sentence between tabs.

[Saturday, 24 May 2025] [23:59:44 CEST] <nick>‹TAB›text
[Saturday, 24 May 2025] [23:59:45 CEST] ‹TAB› * nick does
[Saturday, 24 May 2025] [23:59:46 CEST] Join‹TAB›nick (user@host) has joined this channel.

https://konversation.kde.org/
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

from logs.formats.clock import Clock
from logs.formats.line_patterns import EventPatterns, make_parser, parse_time
from logs.formats.log_format import Format
from logs.formats.month_names import find_day_in_text

_LINE = (
    r"(?P<time>\[[^\]]{6,60}\] \[[^\]]{4,40}\]) (?:"
    r"<(?P<nick>[^ >\t]+)>\t(?P<text>.*)"
    r"|\t \* (?P<actor>[^ ]+) ?(?P<did>.*)"
    r"|-(?P<noticer>[^ !@(:\t]+)-\t(?P<noticed>.*)"
    r"|[^\t<]{1,40}\t(?P<event>.*))"
)
_TIME = re.compile(r"\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp][Mm])?")
_HEADER = re.compile(r"\*\*\* .*")

_read_day = lru_cache(maxsize=1000)(find_day_in_text)


def _read_time(clock: Clock, text: str) -> datetime | None:
    day_text, _, time_text = text[1:-1].partition("] [")
    day: date | None = _read_day(day_text)
    match = _TIME.search(time_text)
    if day is None or match is None:
        return None
    if day != clock.day:
        clock.set_day(day)
    return parse_time(clock, match[0])


def _header(_clock: Clock, text: str) -> bool:
    """The three lines at the beginning of a session, in any language; each line has its own day."""
    return not text.strip() or _HEADER.fullmatch(text) is not None


KONVERSATION = Format(
    "konversation",
    "Konversation",
    make_parser(_LINE, EventPatterns(client="konversation"), header=_header, when=_read_time),
    zoned=False,
    are_actions_certain=True,
)
