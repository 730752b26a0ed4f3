"""LimeChat: local time, minutes; a file a day, `#channel/2010-08-24_network.txt`.

12:34 nick: text
12:35 nick has joined (user@host)
12:36 nick has left IRC (reason)

Actions and notices are written as messages. https://limechat.net/mac/
"""

from __future__ import annotations

from logs.formats.line_patterns import IGNORED, EventPatterns, make_parser
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format

_NOT_SAID = r"(?!(?:Topic|Names|Mode|WEIGHTS): )"
"""How the client begins what a server told it."""

_LINE = (
    r"(?P<time>\d\d:\d\d(?::\d\d)?) (?:"
    rf"{_NOT_SAID}(?P<nick>[A-Za-z\[\]\\`_^{{|}}][A-Za-z0-9\[\]\\`_^{{|}}-]{{0,63}}): (?P<text>.*)"
    r"|(?P<event>.*))"
)
_EVENTS = EventPatterns(
    (IGNORED, r"You (?:are now known as|have (?:joined|left) the channel|have been kicked out of the channel).*"),
    (IGNORED, r"(?:Topic|Names|Mode): .*|[^ ]+ set the topic at: .*|(?:Disc|C)onnected|(?:Re)?[Cc]onnecting…"),
    (JOIN, r"(?P<nick>[^ ]+) has joined \([^ ]*@[^ ]*\)"),
    (QUIT, r"(?P<nick>[^ ]+) has left IRC \((?P<text>.*)\)"),
    (PART, r"(?P<nick>[^ ]+) has left \((?P<text>.*)\)"),
    (KICK, r"(?P<nick>[^ ]+) has kicked (?P<target>[^ ]+) \((?P<text>.*)\)"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (MODE, r"(?P<nick>[^ ]+) has changed mode: (?P<text>.*?) *"),
    (TOPIC, r"(?P<nick>[^ ]+) has set topic: ?(?P<text>.*)"),
)
LIMECHAT = Format("limechat", "LimeChat", make_parser(_LINE, _EVENTS), zoned=False)
