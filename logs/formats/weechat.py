"""WeeChat: local time with its date, since 4.8 UTC with microseconds; fields between tabs.

    2026-07-24 11:32:21.123456Z‹TAB›@nick‹TAB›text
    2026-07-24 11:32:21‹TAB› *‹TAB›nick does
    2026-07-24 11:32:21‹TAB›-->‹TAB›nick (user@host) has joined #channel

A line without a time continues the message before it. https://weechat.org/doc/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC

from logs.formats import log_format as kinds
from logs.formats.clock import Clock
from logs.formats.line_patterns import (
    IGNORED,
    IGNORED_EVENT,
    TIMESTAMP_PATTERN,
    EventPatterns,
    fill_template,
    make_said_line,
    parse_time,
    strip_rank_prefix,
)
from logs.formats.log_format import Format, Item, LogLine, NumberedLine, ParseContext, UnparsedLine, WriteOptions
from logs.formats.numbered_lines import TOO_LONG

_LINE = re.compile(rf"{TIMESTAMP_PATTERN}\t([^\t]*)\t(.*)", re.DOTALL)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_ACTION = re.compile(r"([^ ]+) ?(.*)", re.DOTALL)
# The account, then the real name and the host in parentheses. Both are taken as one group: a repeated group that may
# itself contain `) (` would be tried in as many ways as there are subsets of these.
_WHO = r"(?P<nick>[^ ]+)(?: \[[^\]]*\])?(?: \(.*?\))?"
_EVENTS = EventPatterns(
    (kinds.JOIN, rf"{_WHO} has joined [^ ]+"),
    (kinds.PART, rf"{_WHO} has left [^ ]+(?: \((?P<text>.*)\))?"),
    (kinds.QUIT, rf"{_WHO} has quit(?: \((?P<text>.*)\))?"),
    (kinds.KICK, r"(?P<nick>[^ ]+) has kicked (?P<target>[^ ]+)(?: \((?P<text>.*)\))?"),
    (kinds.NICK, r"(?P<nick>[^ ]+) is now known as (?P<target>[^ ]+)"),
    (kinds.MODE, r"Mode [^ ]+ \[(?P<text>.*)\] by (?P<nick>[^ ]+)"),
    (kinds.TOPIC, r"(?P<nick>[^ ]+) has changed topic for [^ ]+ from \".*\" to \"(?P<text>.*)\""),
    (kinds.TOPIC, r"(?P<nick>[^ ]+) has changed topic for [^ ]+ to \"(?P<text>.*)\""),
    (kinds.TOPIC, r"(?P<nick>[^ ]+) has unset topic for [^ ]+(?: .*)?"),
    (
        kinds.NOTICE,
        r"Notice(?::[^ (]+)?\((?P<nick>[^)]+)\)(?: -> (?:(?P<target>[~&@%+!]{1,5})(?=[#&]))?[^ ]+)?: ?(?P<text>.*)",
    ),
    (IGNORED, r"(?:Topic (?:for|set)|Channel|Mode|You are now known|\d+ |irc:|Invitation|Nicks|URL for|CTCP ).*"),
    (IGNORED, r"[^ ]+ (?:\(.*\) )?has (?:changed (?:host|real ?name)|invited|identified|unidentified) ?.*"),
    client="weechat",
)
_ARROWS = {"-->", "<--", "--"}
_STATUS = {"=!=", "==="}


def parse(lines: Iterable[NumberedLine], source: ParseContext) -> Iterator[Item]:
    clock = Clock(source.zone)
    before: LogLine | None = None
    for number, coloured in lines:
        line_text = _ANSI.sub("", coloured) if "\x1b" in coloured else coloured
        match = _LINE.fullmatch(line_text)
        at = parse_time(clock, match["time"]) if match else None
        if match is None or at is None:
            # A message with line breaks: its further lines have no time of their own.
            before = _continue_message(before, line_text)
            if before or line_text.strip():
                yield before or UnparsedLine(number, line_text)
            continue
        prefix, text = match[2], match[3]
        if prefix in _ARROWS:
            before = _EVENTS.find(at, text)
            if before is IGNORED_EVENT:
                before = None
                continue
        elif prefix.strip() == "*":
            action = _ACTION.fullmatch(text)
            before = make_said_line(at, kinds.ACTION, action[1], action[2]) if action else None
        else:
            nick = strip_rank_prefix(prefix.strip())
            is_nick = nick and " " not in nick and nick not in _STATUS
            before = make_said_line(at, kinds.MESSAGE, nick, text) if is_nick else None
        # Status lines are no part of the log; anything else was not understood.
        if before or prefix.strip() not in _STATUS:
            yield before or UnparsedLine(number, line_text)


def _continue_message(before: LogLine | None, line_text: str) -> LogLine | None:
    if before is None or before.kind > kinds.NOTICE or "\t" in line_text or line_text.startswith(TOO_LONG):
        return None
    return before._replace(text=line_text)


_TEMPLATES = {
    kinds.MESSAGE: "{nick}\t{text}",
    kinds.ACTION: " *\t{nick} {text}",
    kinds.NOTICE: "--\tNotice({nick}) -> {channel}: {text}",
    kinds.JOIN: "-->\t{nick} ({host}) has joined {channel}",
    kinds.PART: "<--\t{nick} ({host}) has left {channel} ({text})",
    kinds.QUIT: "<--\t{nick} ({host}) has quit ({text})",
    kinds.NICK: "--\t{nick} is now known as {target}",
    kinds.KICK: "<--\t{nick} has kicked {target} ({text})",
    kinds.MODE: "--\tMode {channel} [{text}] by {nick}",
    kinds.TOPIC: '--\t{nick} has changed topic for {channel} to "{text}"',
}


def write(lines: Iterable[LogLine], options: WriteOptions) -> Iterator[str]:
    """As WeeChat since 4.8: in UTC."""
    for line in lines:
        if line_text := fill_template(_TEMPLATES, line, options.channel):
            at = line.at.astimezone(UTC).replace(tzinfo=None)
            yield f"{at.isoformat(' ', 'microseconds')}Z\t{line_text}"


WEECHAT = Format("weechat", "WeeChat", parse, zoned=False, write=write, are_actions_certain=True)
