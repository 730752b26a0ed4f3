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
from logs.formats.line_patterns import (
    ANY_TIME_PATTERN,
    IGNORED,
    MAX_EVENT_CHARACTERS,
    NOTICER_PATTERN,
    TIME_PATTERN,
    EventPatterns,
    fill_template,
    format_day,
    make_parser,
    strip_rank_prefix,
)
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format, LogLine, WriteOptions

_AFTER_TIME = (
    r" (?:"
    r"< ?(?P<nick>[^ >]+)> ?(?P<text>.*)"
    r"| \* (?P<actor>[^ ]+) ?(?P<did>.*)"
    rf"|-(?P<noticer>{NOTICER_PATTERN}(?::[~&@%+!]{{1,5}}(?=[#&])|(?=:)))[^ ]+- ?(?P<noticed>.*)"
    r"|-!- (?P<event>.*))"
)
_LINE = rf"{TIME_PATTERN}{_AFTER_TIME}"
_CUSTOM_LINE = rf"\[?{ANY_TIME_PATTERN}\]?{_AFTER_TIME}"
_HEADER = re.compile(r"--- .*")
_HEADER_DAY = re.compile(r"--- [^\d]*?([^ \d]+) +([^ ]+) +(\d\d?) (?:\d\d:\d\d:\d\d )?(\d{4})")
_SERVER = re.compile(rf"\[?{ANY_TIME_PATTERN}\]? ![^ ]+ .*", re.DOTALL)
"""A server's message to the user alone."""

# In some themes the host follows the nick without a blank.
_WHO = r"(?P<nick>[^ (]+)(?:(?: \[[^ ]*\])+| ?\([^ ]*@[^ ]*\))"
IRSSI_EVENTS = EventPatterns(
    (JOIN, _WHO + r" {1,2}has joined [^ ]+"),
    (QUIT, _WHO + r" {1,2}has quit(?: IRC)? [\[(](?P<text>.*)[\])]"),
    (PART, _WHO + r" {1,2}has left [^ ]+(?: [\[(](?P<text>.*)[\])])?"),
    (KICK, r"(?P<target>[^ ]+) was kicked (?:from|off) [^ ]+ by (?P<nick>[^ ]+) [\[(](?P<text>.*)[\])]"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (TOPIC, r"(?P<nick>[^ ]+) changed the topic of [^ ]+ to: ?(?P<text>.*)"),
    (TOPIC, r"Topic unset by (?P<nick>[^ ]+) on [^ ]+"),
    (MODE, r"(?:mode|ServerMode)/[^ ]+ \[(?P<text>.*)\] {1,2}by (?P<nick>[^ ,]+)(?:, .*)?"),
    (IGNORED, r"(?:Irssi|Topic|Home page|Channel|Join|You're now known as|Keepalive|\[)[: #].*"),
    # WHOIS, and what a server answers to the user alone.
    (IGNORED, r"[^ ]+ \[[^ ]*@[^ ]*\]|[^ ]+ is (?:away|an IRC|a |using|identified|logged in|connecting|actually).*"),
    (IGNORED, r" {1,3}[a-z]{2,12} *: .*| {2,20}: .*|End of (?:WHOIS|WHOWAS|/WHO).*|There (?:is|was) no such nick.*"),
    (IGNORED, r"(?:Cannot (?:join|send)|Mode change|You (?:have|are|were)|Nick |CTCP |SSL |Connect|Looking up).*"),
)
_SPLIT = re.compile(r"Netsplit ([^ ]+ )<-> ([^ ]+) quits: (.*?)(?: \(\+\d+ more.*)?")
_MERGE = re.compile(r"Netsplit over, joins: (.*?)(?: \(\+\d+ more.*)?")


def _header(clock: Clock, text: str) -> bool:
    if _HEADER.fullmatch(text):
        # Whatever its words are: a header with a day that cannot be read means that the day is not known any more.
        # A long line is no header: the time of the pattern grows with the square of the length.
        match = _HEADER_DAY.fullmatch(text) if len(text) <= MAX_EVENT_CHARACTERS else None
        return clock.set_day_by_name(*match.groups()) if match else clock.set_day_in_text(text[4:])
    return not text.strip() or bool(_SERVER.fullmatch(text))


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


def write(lines: Iterable[LogLine], options: WriteOptions) -> Iterator[str]:
    day: date | None = None
    for line in lines:
        at = line.at.astimezone(options.zone)
        text = fill_template(_TEMPLATES, line, options.channel)
        if text is None:
            continue
        if at.date() != day:
            opened = day is None
            day = at.date()
            yield f"--- {'Log opened' if opened else 'Day changed'} {format_day(at, time=opened)}"
        yield f"{at:%H:%M} {text}"


_parse = make_parser(_LINE, IRSSI_EVENTS, header=_header, expand=_netsplit)
IRSSI = Format("irssi", "irssi", _parse, zoned=False, write=write)
IRSSI_CUSTOM = Format(
    "irssi-custom",
    "irssi with a time format of its user",
    make_parser(_CUSTOM_LINE, IRSSI_EVENTS, header=_header, expand=_netsplit),
    zoned=False,
    generic=True,
)
"""A format of its own, because with other times the lines of irssi and of many programs are the same."""
