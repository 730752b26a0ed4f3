"""Text of sites that logged channels: logbot, BotBot, irclogger. UTC; logbot and BotBot have a file a day."""

from __future__ import annotations

from datetime import UTC

from logs.formats.dialect import TIME, dialect
from logs.formats.events import Events
from logs.formats.line import JOIN, KICK, NICK, PART, QUIT, TOPIC, Format

_SAID = r"<(?P<nick>[^ >]+)> ?(?P<text>.*)|-(?P<noticer>[^ ]+)- ?(?P<noticed>.*)|\* (?P<actor>[^ ]+) ?(?P<did>.*)"

_BOTBOT_EVENT = (
    r"(?:joined|left) the channel|(?:has )?quit\b|left IRC\b|is now known as [^ ]+$|(?:was )?kicked\b|"
    r"changed? the topic\b"
)
_BOTBOT = Events(
    (JOIN, r"(?P<nick>[^ ]+) joined the channel\.?"),
    (PART, r"(?P<nick>[^ ]+) left the channel\.?(?: \((?P<text>.*)\))?"),
    (QUIT, r"(?P<nick>[^ ]+) (?:(?:has )?quit|left IRC)\b(?: \((?P<text>.*)\)|.*)"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (KICK, r"(?P<target>[^ ]+) was kicked by (?P<nick>[^ ]+)(?: \((?P<text>.*)\))?"),
    (TOPIC, r"(?P<nick>[^ ]+) changed the topic to:? ?(?P<text>.*)"),
)
_NOTHING = Events()

BOTBOT = Format(
    "botbot",
    "BotBot, as text",
    dialect(rf"\[{TIME}\] (?:\* (?P<event>[^ ]+ (?:{_BOTBOT_EVENT}).*)|{_SAID})", _BOTBOT, zone=UTC),
    zoned=True,
)
LOGBOT = Format("logbot", "logbot, as text", dialect(rf"{TIME} (?:{_SAID})", _NOTHING, zone=UTC), zoned=True)
IRCLOGGER = Format(
    "irclogger",
    "irclogger",
    dialect(rf"(?P<time>\d{{4}}-\d\d-\d\d \d\d:\d\d(?::\d\d)?) (?:{_SAID})", _NOTHING, zone=UTC),
    zoned=True,
)
