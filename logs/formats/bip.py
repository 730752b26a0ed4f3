"""bip, a bouncer: local time with its date, the day first; whole masks of nick, user and host.

09-01-2009 14:16:21 < nick!user@host: text
09-01-2009 14:15:57 > own nick: text
09-01-2009 14:16:21 < * nick!user@host does
09-01-2009 14:16:21 -!- nick!user@host has joined #channel
"""

from __future__ import annotations

from datetime import date, datetime

from logs.formats.clock import Clock
from logs.formats.line_patterns import IGNORED, EventPatterns, make_parser
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format

_LINE = (
    r"(?P<time>\d\d-\d\d-\d{4} \d\d:\d\d:\d\d) (?:"
    r"[<>] \* (?P<actor>[^ !:]+)(?:![^ ]+)? ?(?P<did>.*)"
    r"|[<>] (?P<nick>[^ !:*]+)(?:![^ ]+)?: ?(?P<text>.*)"
    r"|-!- (?P<event>.*))"
)
_WHO = r"(?P<nick>[^ !]+)(?:![^ ]+)?"
_EVENTS = EventPatterns(
    (JOIN, rf"{_WHO} has joined [^ ]+"),
    (PART, rf"{_WHO} has left [^ ]+(?: \[(?P<text>.*)\])?"),
    (QUIT, rf"{_WHO} has quit \[(?P<text>.*)\]"),
    (KICK, rf"(?P<target>[^ ]+) has been kicked by {_WHO} \[(?P<text>.*)\]"),
    (NICK, rf"{_WHO} is now known as (?P<target>[^ ]+)"),
    (MODE, rf"mode/[^ ]+ \[(?P<text>.*)\] by {_WHO}"),
    (TOPIC, rf"{_WHO} changed topic of [^ ]+ to: ?(?P<text>.*)"),
    (IGNORED, r"(?:Topic (?:for|set)|Disconnected from|Connected to|Ping timeout with) .*"),
)


def _read_time(clock: Clock, text: str) -> datetime | None:
    day, _, hours = text.partition(" ")
    try:
        at = date(int(day[6:]), int(day[3:5]), int(day[:2]))
        if at != clock.day:
            clock.set_day(at)
        return clock.time(hours)
    except ValueError:
        return None


BIP = Format("bip", "bip", make_parser(_LINE, _EVENTS, when=_read_time), zoned=False, are_actions_certain=True)
