"""irssi: local time, minutes; the day is in headers, or in the file's name. https://irssi.org/documentation/startup/#log

--- Day changed Sat Mar 08 2014
12:56 <@nick> text
12:56  * nick does
12:57 -!- nick [user@host] has joined #channel
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from logs.formats import log_format as kinds
from logs.formats.clock import Clock
from logs.formats.line_patterns import IGNORED, EventPatterns, fill_template, format_day, make_parser, strip_rank_prefix
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format, LogLine, WriteOptions

_LINE = (
    r"(?P<time>\d\d:\d\d(?::\d\d)?) (?:"
    r"< ?(?P<nick>[^ >]+)> ?(?P<text>.*)"
    r"| \* (?P<actor>[^ ]+) ?(?P<did>.*)"
    r"|-(?P<noticer>[^ !:][^ :]*):[^ ]+- ?(?P<noticed>.*)"
    r"|-!- (?P<event>.*))"
)
_HEADER = re.compile(r"--- (?:Log opened|Log closed|Day changed) [^ ]+ (\w{3} \d\d?) (?:\d\d:\d\d:\d\d )?(\d{4})")
_SERVER = re.compile(r"\d\d:\d\d(?::\d\d)? ![^ ]+ .*", re.DOTALL)
"""A server's message to the user alone."""

_WHO = r"(?P<nick>[^ ]+)(?: \[[^ ]*\])+"
_EVENTS = EventPatterns(
    (JOIN, _WHO + r" has joined [^ ]+"),
    (QUIT, _WHO + r" has quit \[(?P<text>.*)\]"),
    (PART, _WHO + r" has left [^ ]+(?: \[(?P<text>.*)\])?"),
    (KICK, r"(?P<target>[^ ]+) was kicked from [^ ]+ by (?P<nick>[^ ]+) \[(?P<text>.*)\]"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (TOPIC, r"(?P<nick>[^ ]+) changed the topic of [^ ]+ to: ?(?P<text>.*)"),
    (TOPIC, r"Topic unset by (?P<nick>[^ ]+) on [^ ]+"),
    (MODE, r"(?:mode|ServerMode)/[^ ]+ \[(?P<text>.*)\] by (?P<nick>[^ ,]+)(?:, .*)?"),
    (IGNORED, r"(?:Irssi|Topic|Home page|Channel|Join|You're now known as|Keepalive|\[)[: #].*"),
)
_SPLIT = re.compile(r"Netsplit ([^ ]+ )<-> ([^ ]+) quits: (.*?)(?: \(\+\d+ more.*)?")
_MERGE = re.compile(r"Netsplit over, joins: (.*?)(?: \(\+\d+ more.*)?")


def _header(clock: Clock, text: str) -> bool:
    if match := _HEADER.fullmatch(text):
        clock.set_day_by_name(match[1], match[2])
    return bool(match) or not text.strip() or bool(_SERVER.fullmatch(text))


def _netsplit(at: datetime, sentence: str) -> list[LogLine]:
    if match := _SPLIT.fullmatch(sentence):
        return [LogLine(at, QUIT, strip_rank_prefix(nick), match[1] + match[2]) for nick in match[3].split(", ")]
    if match := _MERGE.fullmatch(sentence):
        return [LogLine(at, JOIN, strip_rank_prefix(nick)) for nick in match[1].split(", ")]
    return []


_TEMPLATES = {
    kinds.MESSAGE: "< {nick}> {text}",
    kinds.ACTION: " * {nick} {text}",
    kinds.NOTICE: "-{nick}:{channel}- {text}",
    kinds.JOIN: "-!- {nick} [{host}] has joined {channel}",
    kinds.PART: "-!- {nick} [{host}] has left {channel} [{text}]",
    kinds.QUIT: "-!- {nick} [{host}] has quit [{text}]",
    kinds.NICK: "-!- {nick} is now known as {target}",
    kinds.KICK: "-!- {target} was kicked from {channel} by {nick} [{text}]",
    kinds.MODE: "-!- mode/{channel} [{text}] by {nick}",
    kinds.TOPIC: "-!- {nick} changed the topic of {channel} to: {text}",
}


def write(lines: Iterable[LogLine], how: WriteOptions) -> Iterator[str]:
    day: date | None = None
    for line in lines:
        at = line.at.astimezone(how.zone)
        text = fill_template(_TEMPLATES, line, how.channel)
        if text is None:
            continue
        if at.date() != day:
            opened = day is None
            day = at.date()
            yield f"--- {'Log opened' if opened else 'Day changed'} {format_day(at, time=opened)}"
        yield f"{at:%H:%M} {text}"


_parse = make_parser(_LINE, _EVENTS, header=_header, expand=_netsplit)
IRSSI = Format("irssi", "irssi", _parse, zoned=False, write=write)
