"""Text of sites that logged channels: logbot, BotBot, irclogger. UTC; logbot and BotBot have a file a day.

BotBot wrote the seconds since 1970 where those of the minute belong: `[12:00:1395662401]`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from logs.formats.base import JOIN, KICK, NICK, PART, QUIT, TOPIC, Format
from logs.formats.clock import Clock
from logs.formats.dialect import PASSED_OVER, TIME, Events, dialect, moment

_SAID = r"<(?P<nick>[^ >]+)> ?(?P<text>.*)|-(?P<noticer>[^ ]+)- ?(?P<noticed>.*)|\* (?P<actor>[^ ]+) ?(?P<did>.*)"

_BOTBOT_EVENT = (
    r"(?:joined|(?:has )?left) the channel|has quit\b|quit\b|left IRC\b|is now known as [^ ]+$|was kicked by\b|"
    r"changed the topic\b|BotBot disconnected, possible missing messages --$"
)
_BOTBOT = Events(
    (JOIN, r"(?P<nick>[^ ]+) joined the channel\.?"),
    (PASSED_OVER, r"-- BotBot disconnected.*"),
    (PART, r"(?P<nick>[^ ]+) (?:has )?left the channel\.?(?: \((?P<text>.*)\))?"),
    (QUIT, r"(?P<nick>[^ ]+) (?:(?:has )?quit|left IRC)\b(?: \((?P<text>.*)\)|.*)"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (KICK, r"(?P<target>[^ ]+) was kicked by (?P<nick>[^ ]+)(?: \((?P<text>.*)\))?"),
    (TOPIC, r"(?P<nick>[^ ]+) changed the topic to:? ?(?P<text>.*)"),
)
_NOTHING = Events()


def _when(clock: Clock, text: str) -> datetime | None:
    hours, seconds = text[:6], text[6:]
    return moment(clock, f"{hours}{int(seconds) % 60:02}" if len(seconds) > 2 else text)


BOTBOT = Format(
    "botbot",
    "BotBot, as text",
    dialect(
        rf"\[(?P<time>\d\d:\d\d(?::\d\d(?:\d{{7,9}})?)?)\] (?:\* (?P<event>[^ ]+ (?:{_BOTBOT_EVENT}).*)|{_SAID})",
        _BOTBOT,
        zone=UTC,
        when=_when,
    ),
    zoned=True,
)
LOGBOT = Format("logbot", "logbot, as text", dialect(rf"{TIME} (?:{_SAID})", _NOTHING, zone=UTC), zoned=True)
IRCLOGGER = Format(
    "irclogger",
    "irclogger",
    dialect(rf"(?P<time>\d{{4}}-\d\d-\d\d \d\d:\d\d(?::\d\d)?) (?:{_SAID})", _NOTHING, zone=UTC),
    zoned=True,
)
