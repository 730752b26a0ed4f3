"""Text of sites that logged channels: logbot, BotBot, irclogger (in UTC), Ubuntu. Only irclogger's has more than a day.

BotBot wrote the seconds since 1970 where those of the minute belong: `[12:00:1395662401]`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from logs.formats.clock import Clock
from logs.formats.irssi import IRSSI_EVENTS
from logs.formats.line_patterns import IGNORED, TIME_PATTERN, EventPatterns, make_parser, parse_time
from logs.formats.log_format import JOIN, KICK, NICK, PART, QUIT, TOPIC, Format

_SPOKEN = (
    r"<(?P<nick>[^ >]+)> ?(?P<text>.*)|-(?P<noticer>[^ !@(<>]+)- ?(?P<noticed>.*)|\* (?P<actor>[^ ]+) ?(?P<did>.*)"
)

_BOTBOT_EVENT = (
    r"(?:joined|(?:has )?left) the channel|has quit\b|quit\b|left IRC\b|is now known as [^ ]+$|was kicked by\b|"
    r"changed the topic\b|BotBot disconnected, possible missing messages --$"
)
_BOTBOT = EventPatterns(
    (JOIN, r"(?P<nick>[^ ]+) joined the channel\.?"),
    (IGNORED, r"-- BotBot disconnected.*"),
    (PART, r"(?P<nick>[^ ]+) (?:has )?left the channel\.?(?: \((?P<text>.*)\))?"),
    (QUIT, r"(?P<nick>[^ ]+) (?:(?:has )?quit|left IRC)\b(?: \((?P<text>.*)\)|.*)"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (KICK, r"(?P<target>[^ ]+) was kicked by (?P<nick>[^ ]+)(?: \((?P<text>.*)\))?"),
    (TOPIC, r"(?P<nick>[^ ]+) changed the topic to:? ?(?P<text>.*)"),
)
_NO_EVENTS = EventPatterns()


def _read_time(clock: Clock, text: str) -> datetime | None:
    hours, seconds = text[:6], text[6:]
    return parse_time(clock, f"{hours}{int(seconds) % 60:02}" if len(seconds) > 2 else text)


BOTBOT = Format(
    "botbot",
    "BotBot, as text",
    make_parser(
        rf"\[(?P<time>\d\d:\d\d(?::\d\d(?:\d{{7,9}})?)?)\] (?:\* (?P<event>[^ ]+ (?:{_BOTBOT_EVENT}).*)|{_SPOKEN})",
        _BOTBOT,
        zone=UTC,
        when=_read_time,
    ),
    zoned=True,
)
LOGBOT = Format(
    "logbot", "logbot, as text", make_parser(rf"{TIME_PATTERN} (?:{_SPOKEN})", _NO_EVENTS, zone=UTC), zoned=True
)
IRCLOGGER = Format(
    "irclogger",
    "irclogger",
    make_parser(rf"(?P<time>\d{{4}}-\d\d-\d\d \d\d:\d\d(?::\d\d)?) (?:{_SPOKEN})", _NO_EVENTS, zone=UTC),
    zoned=True,
)
UBUNTU = Format(
    "ubuntu",
    "Ubuntu's channel logs",
    make_parser(
        rf"\[{TIME_PATTERN}\] (?:<(?P<nick>[^ >]+)> ?(?P<text>.*)| \* (?P<actor>[^ ]+) ?(?P<did>.*)|=== (?P<event>.*))",
        IRSSI_EVENTS,
    ),
    zoned=False,
)
"""`=== nick [user@host] has joined #channel`, in the sentences of irssi."""
