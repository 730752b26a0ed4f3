"""mIRC: local time, minutes or seconds; the day is in session headers. Lines may be coloured.

Session Start: Tue Feb 07 22:10:15 2017
Session Ident: #channel
[23:29] <nick> text
[01:55] * nick does
[01:55] * nick is now known as other
"""

from __future__ import annotations

import re
from datetime import datetime

from logs.formats.clock import Clock
from logs.formats.line_patterns import IGNORED, TIME_PATTERN, EventPatterns, make_parser
from logs.formats.log_format import ACTION, JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format, LogLine

_COLOUR = r"(?:\x03\d{0,2}(?:,\d{1,2})?)*"
_STATUS = (
    r"(?:Now talking in|Rejoined channel|Topic is|Set by|Retrieving|Disconnected|Attempting to|You(?:'re| were| have))"
)
_OLD = (
    r"(?:(?:Joins|Parts|Quits): |[^ ]+ (?:\(|has (?:joined|left|quit)|sets mode:|is now known as|was kicked by|"
    rf"changes topic to)|{_STATUS})"
)
_LINE = (
    rf"{_COLOUR}\[{TIME_PATTERN}\] {_COLOUR}(?:"
    r"<(?P<nick>[^ >]+)>\x03? ?(?P<text>.*)"
    r"|-(?P<noticer>[^ :]+):[^ ]+- ?(?P<noticed>.*)"
    rf"|\*(?:\*\*(?= {_OLD}))? (?P<event>.*))"
)
_SESSION = re.compile(
    rf"{_COLOUR}Session (?:Start|Time|Close): \w{{3}} (\w{{3}} [ \d]\d) \d\d:\d\d:\d\d (\d{{4}})|"
    rf"{_COLOUR}(?:Session Ident: .*|)"
)
_WHO = r"(?P<nick>[^ ]+) \([^ ]*@[^ ]*\)"
_OLD_WHO = r"(?P<nick>[^ ]+)(?: \([^ ]*\))?"
_EVENTS = EventPatterns(
    (JOIN, rf"{_OLD_WHO} has joined [#&+!][^ ]*\x03?"),
    (JOIN, rf"Joins: {_WHO}\x03?"),
    (PART, rf"{_OLD_WHO} has left [#&+!][^ ]*(?: \((?P<text>.*)\))?\x03?"),
    (PART, rf"Parts: {_WHO}(?: \((?P<text>.*)\))?\x03?"),
    (QUIT, rf"{_WHO} (?:Q|has q)uit(?: IRC)?(?: \((?P<text>.*)\))?\x03?"),
    (QUIT, r"(?P<nick>[^ ]+) has quit IRC(?: \((?P<text>.*)\))?\x03?"),
    (QUIT, rf"Quits: {_WHO}(?: \((?P<text>.*)\))?\x03?"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ \x03]+)\x03?"),
    (KICK, r"(?P<target>[^ ]+) was kicked by (?P<nick>[^ ]+)(?: \((?P<text>.*)\))?\x03?"),
    (MODE, r"(?P<nick>[^ ]+) sets mode: (?P<text>.*?)\x03?"),
    (TOPIC, r"(?P<nick>[^ ]+) changes topic to '(?P<text>.*)'\x03?"),
    (IGNORED, rf"{_STATUS}(?: .*|\x03?)"),
)
_ACTION = re.compile(r"(?!(?:Joins|Parts|Quits): )([^ ]+) (.*)", re.DOTALL)


def _session(clock: Clock, text: str) -> bool:
    match = _SESSION.fullmatch(text)
    if match and match[1]:
        clock.set_day_by_name(match[1], match[2])
    return bool(match)


def _action(at: datetime, sentence: str) -> list[LogLine]:
    """A sentence that is no known event is an action."""
    match = _ACTION.fullmatch(sentence)
    return [LogLine(at, ACTION, match[1], match[2])] if match else []


MIRC = Format("mirc", "mIRC", make_parser(_LINE, _EVENTS, header=_session, expand=_action), zoned=False)
