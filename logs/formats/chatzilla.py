"""ChatZilla: local time with its date; what is not said begins with a code for its kind.

[2010-08-24 12:34:56] <nick> text
[2010-08-24 12:34:57] * nick does
[2010-08-24 12:34:58] -->| nick (user@host) has joined #channel
[2010-08-24 12:34:59] |<-- nick has left network (reason)

Notices are written as messages. Events about the user have `YOU (nick)`. https://chatzilla.hacksrus.com/
"""

from __future__ import annotations

import re

from logs.formats.clock import Clock
from logs.formats.line_patterns import IGNORED, EventPatterns, make_parser
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format

_TIME = r"\[(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\]"
_LINE = (
    rf"{_TIME} (?:"
    r"<(?P<nick>[^ >/]+)> ?(?P<text>.*)"
    r"|\* (?P<actor>[^ ]+) (?P<did>.*)"
    r"|(?P<event>(?:-->\||<--\||\|<--|=-=) .*))"
)
_YOU = r"YOU \((?P<nick>[^ ]+)\)"
_NICK = r"(?!YOU )(?P<nick>[^ ]+)"
_BY = r"(?!YOU |Server |server )(?P<nick>[^ ]+)"
_EVENTS = EventPatterns(
    (JOIN, rf"-->\| {_YOU} have joined [^ ]+"),
    (JOIN, rf"-->\| {_NICK} \([^ ]*@[^ ]*\) has joined [^ ]+"),
    (PART, rf"<--\| {_YOU} have left [^ ]+(?: \((?P<text>.*)\))?"),
    (PART, rf"<--\| {_NICK} has left [^ ]+(?: \((?P<text>.*)\))?"),
    (QUIT, rf"\|<-- {_YOU} have left [^ ]+(?: \((?P<text>.*)\))?"),
    (QUIT, rf"\|<-- {_NICK} has left [^ ]+(?: \((?P<text>.*)\))?"),
    (IGNORED, r"=-= YOU are now known as [^ ]+"),
    (NICK, rf"=-= {_NICK} is now known as (?P<target>[^ ]+)"),
    (KICK, rf"=-= YOU \((?P<target>[^ ]+)\) have been booted from [^ ]+ by {_BY} \((?P<text>.*)\)"),
    (KICK, rf"=-= (?!YOU )(?P<target>[^ ]+) was booted from [^ ]+ by {_BY} \((?P<text>.*)\)"),
    (TOPIC, rf"=-= {_NICK} has changed the topic to ``(?P<text>.*)''"),
    (
        IGNORED,
        r"=-= (?:Topic for [^ ]+ (?:is ``|was set by ).*|No topic for channel .*|(?:User m|M)ode for [^ ]+ is .*)",
    ),
    (MODE, r"=-= Mode (?P<text>.*) by (?P<nick>[^ ]+)"),
)
_OTHERS = re.compile(rf"{_TIME} (?:\[[A-Z0-9-]+\]|===|---|\*[^ *]+\*|>[^ <]+<) .*", re.DOTALL)
"""What the client or a server tells its user, and private messages that were shown in the channel's window."""


def _header(_clock: Clock, text: str) -> bool:
    return not text.strip() or _OTHERS.fullmatch(text) is not None


CHATZILLA = Format(
    "chatzilla",
    "ChatZilla",
    make_parser(_LINE, _EVENTS, header=_header),
    zoned=False,
    are_actions_certain=True,
)
