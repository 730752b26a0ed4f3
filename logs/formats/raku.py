"""The logs of the Raku community and of irclogs.colabti.org: a file a day, UTC, minutes.

[01:46] <nick> text
[01:37] * nick does
[00:29] *** nick joined
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from logs.formats.line_patterns import EventPatterns, make_parser
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, TOPIC, Format, LogLine

_LINE = (
    r"\[(?P<time>\d\d:\d\d)\] (?:"
    r"<(?P<nick>[^ >]+)> ?(?P<text>.*)"
    r"|\* (?P<actor>[^ ]+) ?(?P<did>.*)"
    r"|\*\*\* (?P<event>.*))"
)
_EVENTS = EventPatterns(
    (JOIN, r"(?P<nick>[^ ]+) joined"),
    (PART, r"(?P<nick>[^ ]+) left"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (MODE, r"(?P<nick>[^ ]+) sets mode: ?(?P<text>.*)"),
    (TOPIC, r"(?P<nick>[^ ]+) changes topic to: ?(?P<text>.*)"),
)
_KICK = re.compile(r"([^ ]+) was kicked by ([^ ]+)(?: \((.*)\))?", re.DOTALL)


def _kick(at: datetime, sentence: str) -> list[LogLine]:
    """The reason's closing parenthesis is often doubled."""
    match = _KICK.fullmatch(sentence)
    if match is None:
        return []
    reason = match[3] or ""
    if reason.endswith(")") and reason.count(")") > reason.count("("):
        reason = reason[:-1]
    return [LogLine(at, KICK, match[2], reason, match[1])]


RAKU = Format("raku", "Raku / Colabti", make_parser(_LINE, _EVENTS, expand=_kick, zone=UTC), zoned=True)
