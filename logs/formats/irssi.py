"""irssi: local time, minutes; the day is in headers, or in the file's name. https://irssi.org/documentation/startup/#log

--- Day changed Sat Mar 08 2014
12:56 <@nick> text
12:56  * nick does
12:57 -!- nick [user@host] has joined #channel
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
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
from logs.formats.log_format import (
    JOIN,
    KICK,
    MODE,
    NICK,
    PART,
    QUIT,
    TOPIC,
    Format,
    Item,
    LogLine,
    NumberedLine,
    ParseContext,
    WriteOptions,
)

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

_LASTLOG, _LASTLOG_END = "Lastlog:", "End of Lastlog"
"""Around earlier lines that irssi printed again: the times of these are there, their days are not."""

_AROUND_LASTLOG = re.compile(rf"(?:\[?{ANY_TIME_PATTERN}\]? )?(?:-!- )?(?:Irssi: )?(?P<words>Lastlog:|End of Lastlog)")

# In some themes the host follows the nick without a blank.
_WHO = r"(?P<nick>[^ (]+)(?:(?: \[[^ ]*\])+| ?\([^ ]*@[^ ]*\))"
IRSSI_EVENTS = EventPatterns(
    (JOIN, _WHO + r" {1,2}has joined [^ ]+"),
    (QUIT, _WHO + r" {1,2}has quit(?: IRC)? [\[(](?P<text>.*)[\])]"),
    (PART, _WHO + r" {1,2}has left [^ ]+(?: [\[(](?P<text>.*)[\])])?"),
    (KICK, r"(?P<target>[^ ]+) was kicked (?:from|off) [^ ]+ by (?P<nick>[^ ]+) [\[(](?P<text>.*)[\])]"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (TOPIC, r"(?P<nick>[^ ]+) changed the topic of [^ ]+ to: ?(?P<text>.*)"),
    # ii.
    (QUIT, _WHO + r" has quit \"(?P<text>.*)\""),
    (NICK, r"(?P<nick>[^ ]+) changed nick to (?P<target>[^ ]+)"),
    (KICK, r"(?P<nick>[^ ]+) kicked (?P<target>[^ ]+) \(\"(?P<text>.*)\"\)"),
    (TOPIC, r"(?P<nick>[^ ]+) changed topic to \"(?P<text>.*)\""),
    (MODE, r"(?P<nick>[^ (]+)(?:\([^ ]*\))? changed mode/[^ ]+ -> (?P<text>.*?) *"),
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
        return _read_header(clock, text)
    if text == _LASTLOG:
        clock.begin_pasted_lines()
    elif text == _LASTLOG_END:
        clock.end_pasted_lines()
    return text in {_LASTLOG, _LASTLOG_END} or not text.strip() or bool(_SERVER.fullmatch(text))


def _read_header(clock: Clock, text: str) -> bool:
    # Whatever its words are: a header with a day that cannot be read means that the day is not known any more.
    # A long line is no header: the time of the pattern grows with the square of the length.
    before = clock.day
    match = _HEADER_DAY.fullmatch(text) if len(text) <= MAX_EVENT_CHARACTERS else None
    is_read = clock.set_day_by_name(*match.groups()) if match else clock.set_day_in_text(text[4:])
    is_earlier = before is not None and clock.day is not None and clock.day < before
    # A log that is closed has no lines until it is opened again, and no day is followed by an earlier one: such a
    # header belongs to another log, which somebody pasted.
    if text.startswith("--- Log closed") or (is_earlier and text.startswith("--- Day changed")):
        clock.clear_day()
        return not is_earlier
    return (clock.begin_session(text) and is_read) if text.startswith("--- Log opened") else is_read


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


def _make_parser(pattern: str) -> Callable[[Iterable[NumberedLine], ParseContext], Iterator[Item]]:
    parse_lines = make_parser(pattern, IRSSI_EVENTS, header=_header, expand=_netsplit)

    def parse(lines: Iterable[NumberedLine], source: ParseContext) -> Iterator[Item]:
        return parse_lines(_mark_lastlog(lines), source)

    return parse


def _mark_lastlog(lines: Iterable[NumberedLine]) -> Iterator[NumberedLine]:
    """The lines, with those around what /LASTLOG printed as headers, whatever irssi wrote before them."""
    for number, text in lines:
        match = _AROUND_LASTLOG.fullmatch(text) if "Lastlog" in text else None
        yield number, match["words"] if match else text


IRSSI = Format("irssi", "irssi", _make_parser(_LINE), zoned=False, write=write, are_actions_certain=True)
IRSSI_CUSTOM = Format(
    "irssi-custom",
    "irssi with a time format of its user",
    _make_parser(_CUSTOM_LINE),
    zoned=False,
    generic=True,
)
"""A format of its own, because with other times the lines of irssi and of many programs are the same."""
