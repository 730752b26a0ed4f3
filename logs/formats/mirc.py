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
from logs.formats.line_patterns import ANY_TIME_PATTERN, IGNORED, NOTICER_PATTERN, EventPatterns, make_parser
from logs.formats.log_format import ACTION, JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format, LogLine
from logs.formats.numbered_lines import PrivateLogError
from logs.text.names import fold, is_channel

_COLOUR = r"(?:\x03\d{0,2}(?:,\d{1,2})?)*"
_STATUS = (
    r"(?:Now talking (?:in|on)|Rejoin(?:ed|ing) channel|Topic is|Set by|Retrieving|Disconnected|Attempting to|"
    r"You(?:'re| were| have| are)|Connect(?:ing|ed| retry)|Looking up|Disconnecting|Can't|Unable to|Timer|Dns|Added|"
    r"Removed|Channel (?:modes|created|url)|Users? on|Nickname is|Already|End of|URL is)"
)
_OLD_VERSION = (
    r"(?:(?:Joins|Parts|Quits): |[^ ]+ (?:\(|has (?:joined|left|quit)|sets mode:|is now known as|was kicked by|"
    rf"changes topic to)|{_STATUS})"
)
_LINE = (
    rf"{_COLOUR}[\[(]{ANY_TIME_PATTERN}[\])] {_COLOUR}(?:"
    r"<(?P<nick>[^ >]+)>\x03? ?(?P<text>.*)"
    rf"|-(?P<noticer>{NOTICER_PATTERN}):[^ ]+- ?(?P<noticed>.*)"
    rf"|\*(?:\*\*(?= {_OLD_VERSION}))? (?P<event>.*))"
)
_SESSION = re.compile(rf"{_COLOUR}Session (Start|Time|Close|Ident): ?(.*)|{_COLOUR}")
_SESSION_DAY = re.compile(r"([^ \d]+) ([^ ]+) {1,2}(\d{1,2}) \d\d:\d\d:\d\d (\d{4})")
_WHO = r"(?P<nick>[^ ]+) \([^ ]*@[^ ]*\)"
_OLD_WHO = r"(?P<nick>[^ ]+)(?: \([^ ]*\))?"
_OLDER_WHO = r"(?P<nick>[^ ]+)(?: \([^ ()]*@[^ ()]*\))?"
_EVENTS = EventPatterns(
    (JOIN, rf"{_OLD_WHO} has joined [#&+!][^ ]*\x03?"),
    (JOIN, rf"Joins: {_OLD_WHO}\x03?"),
    (PART, rf"{_OLD_WHO} has left [#&+!][^ ]*(?: \((?P<text>.*)\))?\x03?"),
    (PART, rf"Parts: {_OLDER_WHO}(?: \((?P<text>.*)\))?\x03?"),
    (QUIT, rf"{_WHO} (?:Q|has q)uit(?: IRC)?(?: \((?P<text>.*)\))?\x03?"),
    (QUIT, r"(?P<nick>[^ ]+) has quit IRC(?: \((?P<text>.*)\))?\x03?"),
    (QUIT, rf"Quits: {_OLDER_WHO}(?: \((?P<text>.*)\))?\x03?"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ \x03]+)\x03?"),
    (KICK, r"(?P<target>[^ ]+) was kicked by (?P<nick>[^ ]+)(?: \((?P<text>.*)\))?\x03?"),
    (MODE, r"(?P<nick>[^ ]+) sets mode: (?P<text>.*?)\x03?"),
    (TOPIC, r"(?P<nick>[^ ]+) changes topic to '(?P<text>.*)'\x03?"),
    (IGNORED, rf"{_STATUS}(?:[ .:].*|\x03?)"),
    (
        IGNORED,
        r"[^ ]+ (?:is ~?[^ ]+@[^ ]+ .*|on [@+%]*#.*|using [^ ]+\.[^ ]+ .*|has been idle .*|is logged in as .*)",
    ),
)
_ACTION = re.compile(r"(?!(?:Joins|Parts|Quits): )([^ ]+) (.*)", re.DOTALL)


def _session(clock: Clock, text: str) -> bool:
    match = _SESSION.fullmatch(text)
    # The pattern also matches a line that has nothing but colours.
    if match is None or match[1] is None:
        return match is not None
    if match[1] == "Ident":
        return _check_ident(clock, match[2].strip())
    if match[1] == "Close":
        # What follows begins with a header of its own, unless it is of another log.
        clock.clear_day()
        return True
    clock.session = match[2] if match[1] == "Start" else ""
    words = _SESSION_DAY.fullmatch(match[2])
    return clock.set_day_by_name(*words.groups()) if words else clock.set_day_in_text(match[2])


def _check_ident(clock: Clock, name: str) -> bool:
    """Refuse a private conversation; lose the day while another channel is logged, and below a copied header."""
    if not is_channel(name):
        raise PrivateLogError(f"It is the log of a conversation with {name[:50]}, not of a channel.")
    clock.channel = clock.channel or name
    if fold(name) == fold(clock.channel):
        return not clock.session or clock.begin_session(clock.session)
    clock.clear_day()
    return False


def _action(at: datetime, sentence: str) -> list[LogLine]:
    """A sentence that is no known event is an action, if its nick speaks elsewhere."""
    match = _ACTION.fullmatch(sentence)
    return [LogLine(at, ACTION, match[1], match[2])] if match else []


MIRC = Format(
    "mirc",
    "mIRC or AdiIRC",
    make_parser(_LINE, _EVENTS, header=_session, expand=_action),
    zoned=False,
    actions_need_speaker=True,
)
