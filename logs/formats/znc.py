"""ZNC and soju (seconds) and EnergyMech (minutes or seconds): local time, a file a day.

    [00:48:04] <nick> text
    [00:48:04] * nick does
    [00:58:05] -nick- text
    [00:04:21] *** Joins: nick (user@host)

Some sites strip hosts: `*** Joins nick`. https://wiki.znc.in/Log, https://soju.im/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from logs.formats import log_format as kinds
from logs.formats.line_patterns import IGNORED, EventPatterns, fill_template, make_parser
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format, LogLine, WriteOptions

_LINE = (
    r"\[(?P<time>{time})\] (?:"
    r"<(?P<nick>[^ >]+)> ?(?P<text>.*)"
    r"|\* (?P<actor>[^ ]+) ?(?P<did>.*)"
    r"|-(?P<noticer>[^ !@(<>]+(?::[~&@%+!]{{1,5}}[#&][^ ]*)?)- ?(?P<noticed>.*)"
    r"|\*\*\* (?P<event>.*))"
)
# One word in parentheses is a host if it has an `@`, if other parentheses follow, or if it looks like a host; otherwise
# it is the reason.
_HOST_NAME = r"(?!www\.|https?:)[\w-]{1,63}(?:\.[\w-]{1,63}){2,8}"
_WHO = rf"(?P<nick>[^ ]+)(?: \((?:[^ ()]*@ ?[^ ()]*|[^ ()]+(?=\) \()|{_HOST_NAME})\))?"
_EVENTS = EventPatterns(
    (JOIN, r"Joins:? (?P<nick>[^ ]+)(?: \([^ ]*(?:@ [^ ]*)?\))?"),
    (QUIT, rf"Quits:? {_WHO}(?: \((?P<text>.*)\))?"),
    (PART, rf"Parts:? {_WHO}(?: \((?P<text>.*)\))?"),
    (NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (KICK, r"(?P<target>[^ ]+) was kicked by (?P<nick>[^ ]+)(?: \((?P<text>.*)\))?"),
    (MODE, r"(?P<nick>[^ ]+) sets mode: (?P<text>.*?) ?"),
    (TOPIC, r"(?P<nick>[^ ]+) changes topic to '(?P<text>.*)'"),
    (IGNORED, r"(?:Connected to|Disconnected from) IRC.*"),
)

_TEMPLATES = {
    kinds.MESSAGE: "<{nick}> {text}",
    kinds.ACTION: "* {nick} {text}",
    kinds.NOTICE: "-{nick}- {text}",
    kinds.JOIN: "*** Joins: {nick} ({host})",
    kinds.PART: "*** Parts: {nick} ({host}) ({text})",
    kinds.QUIT: "*** Quits: {nick} ({host}) ({text})",
    kinds.NICK: "*** {nick} is now known as {target}",
    kinds.KICK: "*** {target} was kicked by {nick} ({text})",
    kinds.MODE: "*** {nick} sets mode: {text}",
    kinds.TOPIC: "*** {nick} changes topic to '{text}'",
}


def write(lines: Iterable[LogLine], options: WriteOptions) -> Iterator[str]:
    for line in lines:
        if text := fill_template(_TEMPLATES, line, options.channel):
            yield f"[{line.at.astimezone(options.zone):%H:%M:%S}] {text}"


_SECONDS = make_parser(_LINE.format(time=r"\d\d:\d\d:\d\d"), _EVENTS)
_MINUTES = make_parser(_LINE.replace(r"|\*\*\* ", r"|(?:\*\*\* )?").format(time=r"\d\d:\d\d(?::\d\d)?"), _EVENTS)
ZNC = Format("znc", "ZNC or soju", _SECONDS, zoned=False, write=write)
ENERGYMECH = Format("energymech", "EnergyMech", _MINUTES, zoned=False)
