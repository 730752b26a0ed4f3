"""Limnoria (Supybot) ChannelLogger, old and new: local time with its date, two blanks.

2005-01-08T23:47:17  <nick> text
2005-01-08T23:33:54  *** nick has joined #channel
2018-11-14T09:52:10  *** nick <nick!user@host> has joined #channel
"""

from __future__ import annotations

from logs.formats.line_patterns import TIMESTAMP_PATTERN, EventPatterns, make_parser
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format

_LINE = (
    rf"{TIMESTAMP_PATTERN}  (?:"
    r"<(?P<nick>[^ >]+)> ?(?P<text>.*)"
    r"|\* (?P<actor>[^ ]+) ?(?P<did>.*)"
    r"|-(?P<noticer>[^ !@(<>]+)- ?(?P<noticed>.*)"
    r"|\*\*\* (?P<event>.*))"
)
_WHO = r"(?P<nick>[^ ]+)(?: <[^ ]*>)?"
_EVENTS = EventPatterns(
    (JOIN, rf"{_WHO} has joined [^ ]+"),
    (QUIT, rf"{_WHO} has quit IRC(?: \((?P<text>.*)\))?"),
    (PART, rf"{_WHO} has left [^ ]+(?: \((?P<text>.*)\))?"),
    (NICK, rf"{_WHO} is now known as (?P<target>[^ ]+)"),
    (KICK, r"(?P<target>[^ ]+)(?: <[^ ]*>)? was kicked by (?P<nick>[^ ]+)(?: \((?P<text>.*)\))?"),
    (MODE, rf"{_WHO} sets mode: (?P<text>.*)"),
    (TOPIC, rf"{_WHO} changes topic to \"(?P<text>.*)\""),
)
LIMNORIA = Format("limnoria", "Limnoria ChannelLogger", make_parser(_LINE, _EVENTS), zoned=False)
