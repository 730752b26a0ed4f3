"""IRCCloud's export as text: times of the zone that was chosen for it; below the channel's name.

#channel
[2020-01-15 13:06:27] <nick> text
[2020-01-15 13:06:48] → nick joined (user@host)
[2020-01-15 13:07:06] — nick does
[2020-01-15 13:08:06] ⇐ nick quit (user@host): reason

A new nick is written as an action is: `— nick is now known as other`. https://www.irccloud.com/
"""

from __future__ import annotations

import re

from logs.formats.clock import Clock
from logs.formats.line_patterns import IGNORED, EventPatterns, make_parser
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format

_LINE = (
    r"\[(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] (?:"
    r"<(?P<nick>[^ >]+)> ?(?P<text>.*)"
    r"|— (?P<actor>[^ ]+) (?!is now known as [^ ]+$)(?P<did>.*)"
    r"|(?P<event>[→←⇐*—] .*))"
)
_HOST = r"\([^ ]*@[^ ]*\)"
_EVENTS = EventPatterns(
    (IGNORED, r"→ (?:Joined channel|You joined) .*|[←⇐] You (?:left|quit|parted)\b.*"),
    (JOIN, rf"→ (?P<nick>[^ ]+) joined {_HOST}"),
    (PART, rf"← (?P<nick>[^ ]+) left {_HOST}(?:: ?(?P<text>.*))?"),
    (QUIT, rf"⇐ (?P<nick>[^ ]+) quit {_HOST}(?:: ?(?P<text>.*))?"),
    (NICK, r"— (?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (KICK, r"\* (?P<target>[^ ]+) was kicked by (?P<nick>[^ ]+)(?: \((?P<text>.*)\))?"),
    (TOPIC, r"\* (?P<nick>[^ ]+) set the topic to ?(?P<text>.*)"),
    (MODE, r"\* (?P<nick>[^ ]+) set (?P<text>[+-][A-Za-z+-]+(?: .*)?)"),
    (IGNORED, r"\* (?:Socket closed|Channel mode is [+-].*|Disconnected.*|Connect(?:ed|ing).*)"),
)
_CHANNEL_NAME = re.compile(r"[#&][^\s,]{1,199}")


def _header(_clock: Clock, text: str) -> bool:
    return not text.strip() or _CHANNEL_NAME.fullmatch(text) is not None


IRCCLOUD = Format(
    "irccloud",
    "IRCCloud",
    make_parser(_LINE, _EVENTS, header=_header),
    zoned=False,
    actions_need_speaker=True,
)
