"""eggdrop: local time, minutes or seconds; a line at midnight tells the day, else the file's name.

[00:00] --- Mon Jan  5 2026
[12:00] <nick> text
[12:00] Action: nick does
[12:01] nick (user@host) joined #channel.
[12:02] Last message repeated 2 time(s).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from logs.formats.clock import Clock
from logs.formats.dialect import TIME, dialect
from logs.formats.events import PASSED_OVER, Events
from logs.formats.line import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format, Item, Line, Numbered, Source

_LINE = (
    rf"\[{TIME}\] (?!--- )(?:"
    r"<(?P<nick>[^ >]+)> ?(?P<text>.*)"
    r"|Action: (?P<actor>[^ ]+) ?(?P<did>.*)"
    r"|-(?P<noticer>[^ :]+):[^ ]+- ?(?P<noticed>.*)"
    r"|(?P<event>.*))"
)
_MIDNIGHT = re.compile(r"\[\d\d:\d\d(?::\d\d)?\] --- \w{3} (\w{3} [ \d]\d) (\d{4})")
_WHO = r"(?P<nick>[^ ]+) \([^ ]*@[^ ]*\)"
_BY = r"(?P<nick>[^ !:]+)(?:![^ ]*)?"
_EVENTS = Events(
    (JOIN, rf"{_WHO} (?:joined [^ ]+|returned to [^ ]+|rejoined [^ ]+)\.?"),
    (PART, rf"{_WHO} left [^ ]+?(?: \((?P<text>.*)\))?\.?"),
    (QUIT, rf"{_WHO} left irc: ?(?P<text>.*)"),
    (QUIT, rf"{_WHO} got (?P<text>netsplit)\."),
    (QUIT, rf"{_WHO} got lost in the (?P<text>net-?split)\."),
    (NICK, r"Nick change: (?P<nick>[^ ]+) -> (?P<target>[^ ]+)"),
    (KICK, rf"(?P<target>[^ ]+) kicked from [^ ]+ by {_BY}: ?(?P<text>.*)"),
    (MODE, rf"[^ ]+: mode change '(?P<text>.*)' by {_BY}"),
    (TOPIC, rf"Topic changed on [^ ]+ by {_BY}: ?(?P<text>.*)"),
    (PASSED_OVER, r"@#.*|#.*#.*|(?:Switching|Writing|Joined|Saving|Topic (?:by|on)|Loading|Backing|DCC|Timer).*"),
)
_REPEATED = re.compile(r"Last message repeated (\d{1,4}) time\(s\)\.")
_AGAIN = -1
"""The kind of a line that is the one before it, so many times more."""


def _midnight(clock: Clock, text: str) -> bool:
    if match := _MIDNIGHT.fullmatch(text):
        clock.begin_named(match[1], match[2])
    return bool(match) or not text.strip()


def _repeated(at: datetime, told: str) -> list[Line]:
    match = _REPEATED.fullmatch(told)
    return [Line(at, _AGAIN, match[1])] if match else []


_parse = dialect(_LINE, _EVENTS, header=_midnight, expand=_repeated)


def parse(lines: Iterable[Numbered], source: Source) -> Iterator[Item]:
    before: Item | None = None
    for item in _parse(lines, source):
        if not isinstance(item, Line) or item.kind != _AGAIN:
            before = item
            yield item
        elif isinstance(before, Line):
            yield from [before._replace(at=item.at)] * int(item.nick)


EGGDROP = Format("eggdrop", "eggdrop", parse, zoned=False)
