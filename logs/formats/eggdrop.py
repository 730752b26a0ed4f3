"""eggdrop: local time, minutes or seconds; the day is in a line at midnight, or in the file's name.

[00:00] --- Mon Jan  5 2026
[12:00] <nick> text
[12:00] Action: nick does
[12:01] nick (user@host) joined #channel.
[12:02] Last message repeated 2 time(s).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from logs.formats import log_format as kinds
from logs.formats.clock import Clock
from logs.formats.line_patterns import IGNORED, TIME_PATTERN, EventPatterns, make_parser
from logs.formats.log_format import Format, Item, NumberedLine, ParseContext, UnparsedLine

_LINE = (
    rf"\[{TIME_PATTERN}\] (?!--- )(?:"
    r"<(?P<nick>[^ >]+)> ?(?P<text>.*)"
    r"|Action: (?P<actor>[^ ]+) ?(?P<did>.*)"
    r"|-(?P<noticer>[^ !@(:]+):[^ ]+- ?(?P<noticed>.*)"
    r"|(?P<event>.*))"
)
_MIDNIGHT = re.compile(r"\[\d\d:\d\d(?::\d\d)?\] --- ([^ ]+) ([^ ]+) {1,2}(\d{1,2}) (\d{4})")
_IS_MIDNIGHT = re.compile(r"\[00:00(?::00)?\] --- ")
_WHO = r"(?P<nick>[^ ]+) \([^ ]*@[^ ]*\)"
_BY = r"(?P<nick>[^ !:]+)(?:![^ ]*)?"
_EVENTS = EventPatterns(
    (kinds.JOIN, rf"{_WHO} (?:joined [^ ]+|returned to [^ ]+|rejoined [^ ]+)\.?"),
    (kinds.PART, rf"{_WHO} left [^ ]+?(?: \((?P<text>.*)\))?\.?"),
    (kinds.QUIT, rf"{_WHO} left irc: ?(?P<text>.*)"),
    (kinds.QUIT, rf"{_WHO} got (?P<text>netsplit)\."),
    (kinds.QUIT, rf"{_WHO} got lost in the (?P<text>net-?split)\."),
    (kinds.NICK, r"Nick change: (?P<nick>[^ ]+) -> (?P<target>[^ ]+)"),
    (kinds.KICK, rf"(?P<target>[^ ]+) kicked from [^ ]+ by {_BY}: ?(?P<text>.*)"),
    (kinds.MODE, rf"[^ ]+: mode change '(?P<text>.*)' by {_BY}"),
    (kinds.TOPIC, rf"Topic changed on [^ ]+ by {_BY}: ?(?P<text>.*)"),
    (IGNORED, r"@#.*|#.*#.*|(?:Switching|Writing|Joined|Saving|Topic (?:by|on)|Loading|Backing|DCC|Timer|CTCP).*"),
)
_REPEATED = re.compile(r"(\[[\d:]+\] )Last message repeated (\d{1,4}) time\(s\)\.")
_STAMPED = re.compile(r"\[[\d:]+\] (.*)", re.DOTALL)


def _midnight(clock: Clock, text: str) -> bool:
    if match := _MIDNIGHT.fullmatch(text):
        return clock.set_day_by_name(*match.groups())
    if _IS_MIDNIGHT.match(text):
        clock.clear_day()
    return not text.strip()


def _expand_repeats(lines: Iterable[NumberedLine]) -> Iterator[NumberedLine]:
    """Replace "Last message repeated N time(s)" by the lines that were repeated; these may be status lines."""
    before = ""
    for number, text in lines:
        if (match := _REPEATED.fullmatch(text)) and before:
            yield from [(number, match[1] + before)] * int(match[2])
            continue
        if (stamped := _STAMPED.fullmatch(text)) and not _MIDNIGHT.fullmatch(text):
            before = stamped[1]
        yield number, text


_parse = make_parser(_LINE, _EVENTS, header=_midnight)


def parse(lines: Iterable[NumberedLine], source: ParseContext) -> Iterator[Item]:
    last_unparsed = 0
    for item in _parse(_expand_repeats(lines), source):
        # A repeated line that cannot be parsed is reported once, not for each repetition.
        if not isinstance(item, UnparsedLine) or item.number > last_unparsed:
            yield item
        last_unparsed = item.number if isinstance(item, UnparsedLine) else last_unparsed


EGGDROP = Format("eggdrop", "eggdrop", parse, zoned=False)
