"""Quassel's database: `backlog` with a `buffer` in a `network` for each line, in SQLite or PostgreSQL.

`time` is in milliseconds since 1970, in versions before 0.14 in seconds; in PostgreSQL it is a timestamp in UTC. A
sender is `nick!user@host`. Of a core with several users, what each of them saw is a log of its own.
https://github.com/quassel/quassel
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from logs.formats.channel_files import BAD_ROW_ERRORS, Row, describe_bad_row
from logs.formats.line_patterns import strip_rank_prefix
from logs.formats.log_format import ACTION, JOIN, KICK, MESSAGE, MODE, NICK, NOTICE, PART, QUIT, TOPIC, LogLine
from logs.formats.sqlite_files import allow_tables

_KINDS = {
    0x1: MESSAGE,
    0x2: NOTICE,
    0x4: ACTION,
    0x8: NICK,
    0x10: MODE,
    0x20: JOIN,
    0x40: PART,
    0x80: QUIT,
    0x100: KICK,
    0x4000: TOPIC,
}
_USERS_OWN = {0x200, 0x400, 0x800, 0x1000, 0x2000, 0x20000}
"""Kills, messages of servers, information, errors, changes of the day, invitations."""

_NETSPLIT_JOIN, _NETSPLIT_QUIT = 0x8000, 0x10000
_REDIRECTED, _SERVER_MESSAGE = 0x4, 0x8
"""Flags of what was said to the user alone."""

_SPLIT = "#:#"
_TOPIC = re.compile(r"(?P<nick>[^ ]{1,200}) has changed topic for [^ ]{1,200} to: \"(?P<text>.*)\"", re.DOTALL)
_TOPIC_OF_JOIN = re.compile(r"(?:Topic (?:for|set by)|No topic is set for|Channel|Homepage for) .*", re.DOTALL)

MAX_REASON_CHARACTERS = 500
"""A reason is stored with each nick of a netsplit; IRC allows no longer one."""

CHANNEL_BUFFER = 2
FIRST_MILLISECOND = 100_000_000_000
"""A smaller time is in seconds: this many are in the year 5138."""

QUERY = """
    SELECT backlog.messageid, backlog.time, backlog.type, backlog.flags, sender.sender, backlog.message,
        buffer.buffername, network.networkname, buffer.userid
    FROM buffer JOIN network ON network.networkid = buffer.networkid JOIN backlog ON backlog.bufferid = buffer.bufferid
        JOIN sender ON sender.senderid = backlog.senderid
    WHERE buffer.buffertype = 2 ORDER BY buffer.bufferid, backlog.messageid
"""
"""In words of SQLite and PostgreSQL both."""


def read_rows(database: sqlite3.Connection) -> Iterator[Row]:
    """The rows of all channels of a SQLite file."""
    allow_tables(database, ["backlog", "buffer", "network", "sender"])
    yield from convert_rows(database.execute(QUERY))


def convert_rows(rows: Iterable[tuple[Any, ...]]) -> Iterator[Row]:
    """Convert what QUERY returns."""
    first_user = None
    for number, at, kind, flags, sender, message, channel, network, user in rows:
        first_user = user if first_user is None else first_user
        lines: list[LogLine | str] = []
        try:
            lines += _parse(_read_time(at), kind, flags or 0, sender, message or "")
        except BAD_ROW_ERRORS:
            lines = [describe_bad_row("backlog", number, (str(at), kind))]
        for line in lines:
            yield Row(str(channel), line, str(network), "" if user == first_user else f"user {user}")


def _read_time(value: object) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if type(value) is not int:
        raise TypeError("no time")
    return datetime.fromtimestamp(value / 1000 if value >= FIRST_MILLISECOND else value, UTC)


def _parse(at: datetime, kind: int, flags: int, sender: str, message: str) -> list[LogLine]:
    """The lines that a row becomes, of a netsplit several; KeyError for a type that is not known."""
    nick = strip_rank_prefix(sender.partition("!")[0])
    if kind in _USERS_OWN or (kind in {0x1, 0x2, 0x4} and flags & (_REDIRECTED | _SERVER_MESSAGE)):
        return []
    if kind in {_NETSPLIT_JOIN, _NETSPLIT_QUIT}:
        *users, reason = message.split(_SPLIT)
        nicks, reason = [user.partition("!")[0] for user in users], reason[:MAX_REASON_CHARACTERS]
        return [
            LogLine(at, QUIT, nick, reason) if kind == _NETSPLIT_QUIT else LogLine(at, JOIN, nick) for nick in nicks
        ]
    found = _KINDS[kind]
    if found == TOPIC:
        return _parse_topic(at, message)
    if found == NICK:
        # Of the user's own new nick the old one is not stored.
        return [LogLine(at, NICK, nick, "", message)] if nick != message else []
    first, _, rest = message.partition(" ")
    texts: dict[int, tuple[str, str | None]] = {JOIN: ("", None), MODE: (rest, None), KICK: (rest, first)}
    text, target = texts.get(found, (message, None))
    return [LogLine(at, found, nick, text, target)]


def _parse_topic(at: datetime, message: str) -> list[LogLine]:
    match = _TOPIC.fullmatch(message)
    if match:
        return [LogLine(at, TOPIC, match["nick"], match["text"])]
    if _TOPIC_OF_JOIN.fullmatch(message):
        return []
    raise ValueError("a topic in another language")
