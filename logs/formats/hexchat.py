"""HexChat and XChat: local time without a year, which is in the banner and rises when the month falls.

**** BEGIN LOGGING AT Wed Mar 03 10:28:36 2010
Mar 10 00:00:01 <nick>‹TAB›text
Mar 10 00:00:02 *‹TAB›nick does
Mar 10 00:00:03 *‹TAB›nick (user@host) has joined
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import cast

from logs.formats.clock import Clock, YearClock
from logs.formats.line_patterns import IGNORED, EventPatterns, make_parser
from logs.formats.log_format import ACTION, JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format, LogLine
from logs.formats.month_names import find_day, find_day_in_text, month_number
from logs.formats.sentences import BANNER, load_phrasebook

_STAMP = r"(?P<time>[^\W\d_][^\s\d<>]{1,9} {1,2}\d{1,2} \d\d:\d\d:\d\d|\d{1,2}月 {1,2}\d{1,2} \d\d:\d\d:\d\d)"
"""`%b %d %H:%M:%S` in the user's locale."""

_LINE = (
    rf"{_STAMP} (?:"
    r"<(?P<nick>[^ \t>]+)>\t(?P<text>.*)"
    r"|-(?P<noticer>[^ \t/!]+)/[^ \t]+-\t(?P<noticed>.*)"
    r"|(?:\*\t)?(?P<event>(?<=\*\t).*|(?:-->|<--|---)\t.*))"
)
_BANNER = re.compile(r"\*{4} (?:BEGIN|ENDING) LOGGING AT (.*)")
_BANNER_TIME = re.compile(r"([^\s\d]+) +(\S+) +(\d{1,2}) (?:\d\d:\d\d:\d\d )?(\d{4})")
_PRIVATE = re.compile(rf"{_STAMP} (?:-[^ \t/]+-|>[^ \t]+<)\t.*", re.DOTALL)
_CHANNEL_LIST = r"(?:[~&@%+]{0,5}#[^ ]{1,200} ?){1,100}"

_WHO = r"(?P<nick>[^ ]+) \([^ ]*@[^ ]*\)"
# What a server answers to WHOIS, and what the client tells its own user.
_WHOIS = (
    rf"\[[^ \]]+\] (?:\([^ ]*@[^ ]*\):? ?.*|{_CHANNEL_LIST}|idle .*|Real Host: .*|End of WHOIS list\."
    r"|is (?:away|connecting|logged|using|a |an |identified).*|(?:actually )?using .*|[^ .]+\.[^ ]+\.[^ ]+(?: .*)?)"
)
_OWN = (
    r"(?:Now talking on|Topic for|Topic set by|You(?:'ve| have| are)|Your|Disconnected|Channel|\*\*\*) .*"
    r"|(?:Cannot (?:send|join)|Received a (?:CTCP|DCC|malformed)|Users on|Connect(?:ing|ed)|Looking up|Notify:"
    r"|Capabilities|Ping reply|No ping reply|Stopped previous|Unknown host|Found your IP|DCC|Offering|Retrying|MOTD"
    r"|Authenticating|Nickname is|Nick collision)\b.*"
)
_ARROWS = ("-->\t", "<--\t", "---\t")


class _HexChatEvents(EventPatterns):
    """Events also behind the arrows of XChat, which never begin an action."""

    def find(self, at: datetime, sentence: str) -> LogLine | None:
        if not sentence.startswith(_ARROWS):
            return super().find(at, sentence)
        sentence = sentence[len(_ARROWS[0]) :]
        return super().find(at, sentence) or _find_privilege(at, sentence)


_EVENTS = _HexChatEvents(
    (IGNORED, _OWN),
    (IGNORED, _WHOIS),
    (JOIN, rf"{_WHO} has joined(?: [^ ]+)?"),
    (PART, rf"{_WHO} has left(?: [#&+!][^ ]*)?(?: \(\"?(?P<text>.*?)\"?\))?"),
    (QUIT, r"(?P<nick>[^ ]+) has quit(?: \((?P<text>.*)\))?"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (KICK, r"(?P<nick>[^ ]+) has kicked (?P<target>[^ ]+) from [^ ]+(?: \((?P<text>.*)\))?"),
    (TOPIC, r"(?P<nick>[^ ]+) has changed the topic to: ?(?P<text>.*)"),
    (MODE, r"(?P<nick>[^ ]+) sets mode (?P<text>.*) on [^ ]+"),
    (MODE, r"(?P<nick>[^ ]+) sets modes \[(?P<text>.*)\]"),
    client="hexchat",
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
    if text.startswith("****"):
        match = _BANNER.fullmatch(text)
        when = match[1] if match else _translated_banner(text)
        if when is None:
            return False
        words = _BANNER_TIME.fullmatch(when.strip())
        found = find_day(*words.groups()) if words else find_day_in_text(when)
        if found is None:
            # Its year is unknown: the lines below it have no day until the next banner.
            clock.clear_day()
            cast("YearClock", clock).newest = None
            return False
        cast("YearClock", clock).start_session(found)
        return "BEGIN LOGGING" not in text or clock.begin_session(text)
    return not text.strip() or bool(_PRIVATE.fullmatch(text))


def _translated_banner(text: str) -> str | None:
    found = load_phrasebook("hexchat").find(text)
    return found.text if found and found.kind == BANNER else None


def _read_time(clock: Clock, text: str) -> datetime | None:
    words = text.rpartition(" ")[0].rpartition(" ")
    month = month_number(words[0].strip())
    if month is None:
        return None
    try:
        if clock.is_day_lost:
            return None
        if clock.day is None or (month, int(words[2])) != (clock.day.month, clock.day.day):
            cast("YearClock", clock).set_month_and_day(month, int(words[2]))
        return clock.time(text[-8:])
    except ValueError:
        return None


def _expand_event(at: datetime, sentence: str) -> list[LogLine]:
    """Mode changes, which are written in words; any other sentence is an action, if its nick speaks elsewhere."""
    if privilege := _find_privilege(at, sentence):
        return [privilege]
    match = None if sentence.startswith(_ARROWS) else _ACTION.fullmatch(sentence)
    return [LogLine(at, ACTION, match[1], match[2])] if match else []


def _find_privilege(at: datetime, sentence: str) -> LogLine | None:
    match = _PRIVILEGE.fullmatch(sentence)
    if match is None:
        return None
    sign = "-" if match[2] == "removes" else "+"
    return LogLine(at, MODE, match[1], f"{sign}{_LETTERS[match[3]]} {match[4] or ''}".rstrip())


HEXCHAT = Format(
    "hexchat",
    "HexChat or XChat",
    make_parser(_LINE, _EVENTS, header=_banner, expand=_expand_event, when=_read_time, new_clock=YearClock),
    zoned=False,
    actions_need_speaker=True,
)
