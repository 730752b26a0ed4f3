"""Pidgin, as text or HTML: local time, minutes or seconds, the day in the first line.

Conversation with #channel at Thu 12 May 2011 10:00:00 PM CEST on nick@irc.freenode.net (irc)
(22:00:01) nick: text
(22:00:02) ***nick does
(22:00:03) nick entered the room.

https://pidgin.im/
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from logs.formats.clock import Clock
from logs.formats.line_patterns import IGNORED, EventPatterns, make_parser
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format, Item, NumberedLine, ParseContext
from logs.formats.numbered_lines import PrivateLogError
from logs.text.names import is_channel

_FIELDS = (
    r"(?:Nick|User|Server|Account|Host|Hostname|Idle|Status|Buddy|Alias|Channels|Identified|Realname|Topic|Away|Info)"
)
"""How the lines begin in which Pidgin shows what a server told of somebody."""

_LINE = (
    r"\((?P<time>\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp][Mm])?)\) (?:"
    r"\*\*\*(?P<actor>[^ ]+) ?(?P<did>.*)"
    rf"|(?!mode |{_FIELDS}: )(?P<nick>[^ :()]+): (?P<text>.*)"
    r"|(?P<event>.*))"
)
_HEADER = re.compile(r"Conversation with (\S+) at (.{6,60}) on \S+ \((\w+)\)")
_TAG = re.compile(r"<[^<>]{0,500}>")
_WHO = r"(?P<nick>[^ ]+)(?: \[[^ \]]*\])?"
PIDGIN_EVENTS = EventPatterns(
    (JOIN, rf"{_WHO} entered the room\."),
    (QUIT, rf"{_WHO} left the room \(quit: ?(?P<text>.*)\)\."),
    (PART, rf"{_WHO} left the room(?: ?[(:] ?(?P<text>.*?)\)?)?\.?"),
    (NICK, rf"{_WHO} is now known as (?P<target>[^ ]+?)\.?"),
    (KICK, rf"{_WHO} has kicked (?P<target>[^ ]+)(?:: | \()(?P<text>.*?)\)?"),
    (MODE, r"mode \((?P<text>.*?) ?\) by (?P<nick>[^ ]+)"),
    (TOPIC, rf"{_WHO} has changed the topic to: ?(?P<text>.*)"),
    (IGNORED, r"(?:The topic for|You are now known|Topic for|.* set the topic|The account has|Users? (?:on|in)) ?.*"),
)


def _header(clock: Clock, text: str) -> bool:
    match = _HEADER.fullmatch(text)
    if match is None:
        return not text.strip()
    if not is_channel(match[1].removesuffix(".chat")):
        raise PrivateLogError(f"It is the log of a conversation with {match[1][:50]}, not of a channel.")
    return clock.set_day_in_text(match[2])


def _as_text(lines: Iterable[NumberedLine]) -> Iterator[NumberedLine]:
    for number, text in lines:
        if "<" in text[:60] and ("<font" in text or "<html" in text or "<h3" in text or text.startswith("</")):
            plain = html.unescape(_TAG.sub("", text.partition("<body>")[2] or text))
            yield number, plain.strip()
        else:
            yield number, text


_parse = make_parser(_LINE, PIDGIN_EVENTS, header=_header)


def parse(lines: Iterable[NumberedLine], source: ParseContext) -> Iterator[Item]:
    return _parse(_as_text(lines), source)


PIDGIN = Format("pidgin", "Pidgin", parse, zoned=False, are_actions_certain=True)
