"""psyBNC, a bouncer: its traffic log, of messages as servers send them, with local times whose months count from 0.

2014-02-01-12-00-00:#CHANNEL::nick!user@host PRIVMSG #channel :text

is of 1 March. One file has all channels of a user: `split_channels` makes a file for each. https://psybnc.org.uk/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path

from logs.formats import log_format as kinds
from logs.formats.channel_files import channel_files
from logs.formats.clock import Clock
from logs.formats.log_format import Format, Item, LogLine, NumberedLine, ParseContext, UnparsedLine
from logs.formats.numbered_lines import MAX_LINE_BYTES, TOO_LARGE, UnreadableError
from logs.text.names import fold, is_channel

_LINE = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)-(?P<time>\d\d-\d\d-\d\d):(?P<window>[^:]*):"
    r":(?P<source>[^ ]+) (?P<command>[A-Z]+|\d{3}) ?(?P<rest>.*)",
    re.DOTALL,
)
_START = re.compile(rb"\d{4}-(?:0\d|1[01])-\d\d-\d\d-\d\d-\d\d:[^:\r\n]{0,200}::")
_CTCP = re.compile(r"\x01([A-Z]+) ?(.*?)\x01?", re.DOTALL)

BYTES = "latin-1"
"""Reads every byte as the character of its number, and writes it again."""

MAX_GROWTH = 10
"""As many times as large as the file those of its channels may be together."""

MAX_NICKS = 100_000
"""Of more people it is not known in which channels they are."""


def is_traffic_log(start: bytes) -> bool:
    """Whether a file that starts with these bytes is such a log."""
    return _START.match(start) is not None


def split_file(path: Path, folder: Path, max_channels: int) -> None:
    """Write a file for each channel. Bytes stay as they are: which encoding they have is decided when they are read.

    UnreadableError when they are many times as large together, as departures are written to several channels.
    """
    bytes_left = MAX_GROWTH * path.stat().st_size
    with path.open("rb") as file, channel_files(folder, max_channels, ".log", BYTES) as write:
        lines = (line.rstrip(b"\r\n").decode(BYTES) for line in iter(partial(file.readline, MAX_LINE_BYTES), b""))
        for channel, text in split_channels(enumerate(lines, 1)):
            bytes_left -= write(channel.encode(BYTES).decode("utf-8", "replace"), text)
            if bytes_left < 0:
                raise UnreadableError(f"{path}: {TOO_LARGE}")


def split_channels(lines: Iterable[NumberedLine]) -> Iterator[tuple[str, str]]:
    """Pairs of a channel and a line of it; departures and new nicks belong to all channels where somebody was seen."""
    seen: dict[str, set[str]] = {}
    last = ""
    for _, text in lines:
        match = _LINE.fullmatch(text)
        params = _split_params(match["rest"]) if match else []
        nick = fold(match["source"].partition("!")[0]) if match else ""
        # These name no channel: they are written to all in which the nick was seen.
        if match and match["command"] in {"QUIT", "NICK"}:
            channels = seen.pop(nick, set())
            if match["command"] == "NICK" and params and channels:
                seen.setdefault(fold(params[0]), set()).update(channels)
            for channel in sorted(channels):
                yield channel, text
            continue
        # What is not understood is reported in the file of the line before it.
        channel = params[0] if params and is_channel(params[0]) else last
        if not channel:
            continue
        last = channel
        if params and channel == params[0] and len(seen) < MAX_NICKS:
            seen.setdefault(nick, set()).add(fold(channel))
            if match and match["command"] == "PART":
                seen[nick].discard(fold(channel))
        yield fold(channel), text


def _split_params(rest: str) -> list[str]:
    middle, colon, trailing = rest.partition(" :") if not rest.startswith(":") else ("", ":", rest[1:])
    return [*middle.split(), *([trailing] if colon else [])]


def parse(lines: Iterable[NumberedLine], source: ParseContext) -> Iterator[Item]:
    clock = Clock(source.zone)
    for number, text in lines:
        match = _LINE.fullmatch(text)
        at = _read_time(clock, match["day"], match["time"]) if match else None
        if match is None or at is None:
            if text.strip():
                yield UnparsedLine(number, text)
            continue
        line = _parse_message(at, match["source"].partition("!")[0], match["command"], _split_params(match["rest"]))
        if line is not None:
            yield line
        elif not (match["command"].isdigit() or match["command"] in {"PING", "PONG", "NOTICE", "PRIVMSG"}):
            yield UnparsedLine(number, text)


def _read_time(clock: Clock, day: str, time: str) -> datetime | None:
    year, month, number = map(int, day.split("-"))
    try:
        at = date(year, month + 1, number)
        if at != clock.day:
            clock.set_day(at)
        return clock.time(time.replace("-", ":"))
    except ValueError:
        return None


def _parse_message(at: datetime, nick: str, command: str, params: list[str]) -> LogLine | None:
    """The line that a message becomes; None for one that is not of the channel, or has too few parameters."""
    if command in {"PRIVMSG", "NOTICE"}:
        return _parse_said(at, nick, command, params)
    if command == "QUIT":
        return LogLine(at, kinds.QUIT, nick, params[0] if params else "")
    if command == "NICK":
        return LogLine(at, kinds.NICK, nick, "", params[0]) if params else None
    if command == "KICK":
        return LogLine(at, kinds.KICK, nick, " ".join(params[2:]), params[1]) if len(params) > 1 else None
    kind = {"JOIN": kinds.JOIN, "PART": kinds.PART, "MODE": kinds.MODE, "TOPIC": kinds.TOPIC}.get(command)
    if kind is None or not params or (kind == kinds.MODE and len(params) < 2):
        return None
    return LogLine(at, kind, nick, "" if kind == kinds.JOIN else " ".join(params[1:]))


def _parse_said(at: datetime, nick: str, command: str, params: list[str]) -> LogLine | None:
    ctcp = _CTCP.fullmatch(params[-1]) if params else None
    if len(params) != 2 or (ctcp and ctcp[1] != "ACTION"):
        return None
    if ctcp:
        return LogLine(at, kinds.ACTION, nick, ctcp[2])
    return LogLine(at, kinds.MESSAGE if command == "PRIVMSG" else kinds.NOTICE, nick, params[1])


PSYBNC = Format("psybnc", "psyBNC", parse, zoned=False, are_actions_certain=True)
