"""The input of irclog2html: local time, with or without brackets, date and seconds; the day may be in the file's name.

[12:00] <nick> text
2005-01-08T23:47:17 <nick> text
05-Jan-2005 12:00:00 *** nick has joined #channel
Jan 05 12:00 --> nick (user@host) has joined #channel
1105228037 * nick does

https://mg.pov.lt/irclog2html/
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import cast

from logs.formats.clock import Clock, YearClock
from logs.formats.line_patterns import IGNORED, EventPatterns, make_parser, parse_time
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format
from logs.formats.month_names import month_number

_DATE = r"(?:\d{4}-\d\d-\d\d[T ]|\d\d-[A-Z][a-z]{2}-\d{4} |[A-Z][a-z]{2} \d\d |\d\d [A-Z][a-z]{2} )"
_LINE = (
    rf"\[?(?P<time>{_DATE}?\d\d:\d\d(?::\d\d)?|\d{{9,10}})\]? +(?:"
    r"<(?P<nick>[^ >!]+)(?:![^ >]*)?>[ \t]?(?P<text>.*)"
    r"|\*[ \t](?P<actor>[^ ]+) ?(?P<did>.*)"
    r"|-(?P<noticer>[^ !:@-][^ !:@]*)- ?(?P<noticed>.*)"
    r"|(?:\*\*\*|-->|<--|---)[ \t]+(?P<event>.*))"
)
_WHO = r"(?P<nick>[^ ]+)(?: [(<\[][^ ]*@ ?[^ ]*[)>\]])?"
_EVENTS = EventPatterns(
    (JOIN, rf"{_WHO} (?:has )?joined(?: [^ ]+)?"),
    (JOIN, rf"Joins:? {_WHO}"),
    (QUIT, rf"{_WHO} (?:has )?quit(?: IRC)?(?: [(\[]\"?(?P<text>.*?)\"?[)\]])?"),
    (QUIT, rf"Quits:? {_WHO}(?: \((?P<text>.*)\))?"),
    (PART, rf"{_WHO} (?:has )?left(?: [#&+!][^ ]*)?(?: [(\[]\"?(?P<text>.*?)\"?[)\]])?"),
    (PART, rf"Parts:? {_WHO}(?: \((?P<text>.*)\))?"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (KICK, r"(?P<target>[^ ]+)(?: <[^ ]*>)? was kicked by (?P<nick>[^ ]+)(?: \((?P<text>.*)\))?"),
    (MODE, r"(?P<nick>[^ ]+) sets mode:? ?(?P<text>.*)"),
    (TOPIC, r"(?P<nick>[^ ]+) changes topic to:? ?(?P<quote>[\"']?)(?P<text>.*)(?P=quote)"),
    (TOPIC, r"(?P<nick>[^ ]+) has changed the topic to: ?(?P<text>.*)"),
    # ERC, and the family of ircII: BitchX, EPIC.
    (JOIN, rf"{_WHO} has joined channel [^ ]+"),
    (PART, rf"{_WHO} has left channel [#&+!][^ ]*?(?:: (?P<text>.*))?"),
    (QUIT, rf"{_WHO} has quit: ?(?P<text>.*)"),
    (QUIT, r"Sign[Oo]ff:? (?P<nick>[^ :]+)(?:: [#&+!][^ ]*)?(?: \((?P<text>.*)\))?"),
    (NICK, rf"{_WHO} is now known as (?P<target>[^ ]+)"),
    (KICK, rf"{_WHO} has kicked (?P<target>[^ ]+) off channel [^ ]+(?:: (?P<text>.*))?"),
    (KICK, r"(?P<target>[^ ]+) has been kicked off channel [^ ]+ by (?P<nick>[^ ]+)(?: \((?P<text>.*)\))?"),
    (MODE, rf"{_WHO} has changed mode for [^ ]+ to (?P<text>.*)"),
    (MODE, r"Mode change \"(?P<text>.*)\" on [^ ]+ by (?P<nick>[^ ]+)"),
    (TOPIC, rf"{_WHO} has set the topic for [^ ]+: \"(?P<text>.*)\""),
    (TOPIC, rf"{_WHO} has changed the topic on channel [^ ]+ to:? ?(?P<text>.*)"),
    (
        IGNORED,
        r"(?:You(?:'re| are) now known as|Log opened|Log closed|Day changed|Topic|Users on|Channel|Now talking).*",
    ),
)
_NAMED_MONTH = re.compile(r"(?:(\d\d)[ -])?([A-Z][a-z]{2})(?:[ -](\d\d))?(?:-(\d{4}))?")


def _read_time(clock: Clock, text: str) -> datetime | None:
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    named, _, hours = text.rpartition(" ")
    match = _NAMED_MONTH.fullmatch(named)
    if match is None:
        return parse_time(clock, text)
    try:
        month, day = month_number(match[2]), int(match[1] or match[3])
        if month is None or clock.is_day_lost:
            return None
        years = cast("YearClock", clock)
        if match[4]:
            years.start_session(date(int(match[4]), month, day))
        elif clock.day is None or (month, day) != (clock.day.month, clock.day.day):
            years.set_month_and_day(month, day)
        return clock.time(hours)
    except (KeyError, ValueError, TypeError):
        return None


IRCLOG2HTML = Format(
    "irclog2html",
    "irclog2html's input",
    make_parser(_LINE, _EVENTS, when=_read_time, new_clock=YearClock),
    zoned=False,
    generic=True,
    actions_need_speaker=True,
)
