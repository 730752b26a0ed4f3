"""Textual: times with their zone.

[2021-04-22T10:01:04+0200] <nick> text
[2021-04-22T10:01:33+0200] • nick: does
[2021-04-22T07:36:50+0200] nick (user@host) joined the channel
"""

from __future__ import annotations

from logs.formats.line_patterns import IGNORED, TIMESTAMP_PATTERN, EventPatterns, make_parser
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format

_LINE = (
    rf"\[{TIMESTAMP_PATTERN}\] (?:"
    r"<(?P<nick>[^ >]+)> ?(?P<text>.*)"
    r"|• (?P<actor>[^ :]+): ?(?P<did>.*)"
    r"|-(?P<noticer>[^ !@(<>]+)- ?(?P<noticed>.*)"
    r"|(?P<event>.*))"
)
_WHO = r"(?P<nick>[^ ]+)(?: \([^ ]*\))?"
_EVENTS = EventPatterns(
    (JOIN, rf"{_WHO} joined the channel\.?"),
    (PART, rf"{_WHO} left the channel\.?(?: \((?P<text>.*)\))?"),
    (QUIT, rf"{_WHO} left IRC\.?(?: \((?P<text>.*)\))?"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (KICK, r"(?P<nick>[^ ]+) kicked (?P<target>[^ ]+) from the channel(?: \((?P<text>.*)\))?"),
    (MODE, r"(?P<nick>[^ ]+) sets mode (?P<text>.*)"),
    (TOPIC, r"(?P<nick>[^ ]+) changed the topic to (?P<text>.*)"),
    (IGNORED, r"(?:Topic|Mode|Disconnected|Connected|Set by|You )\b.*|"),
)
TEXTUAL = Format("textual", "Textual", make_parser(_LINE, _EVENTS), zoned=True, are_actions_certain=True)
