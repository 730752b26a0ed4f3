"""The Lounge: its logs as text, and its database (`read_rows`). The text has times with their zone.

[2014-01-01T00:00:00.123Z] <@nick> text
[2014-01-01T00:00:01.123Z] *** nick (user@host) joined
[2014-01-01T00:00:02.123Z] * @nick does

A message of several lines goes on with `| text`. https://thelounge.chat/
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from logs.formats import log_format as kinds
from logs.formats.channel_files import BAD_ROW_ERRORS, Row, describe_bad_row
from logs.formats.line_patterns import IGNORED, TIMESTAMP_PATTERN, EventPatterns, make_parser
from logs.formats.log_format import Format, Item, LogLine, NumberedLine, ParseContext, UnparsedLine
from logs.formats.sqlite_files import allow_tables, list_columns
from logs.text.names import is_channel

_LINE = (
    rf"\[{TIMESTAMP_PATTERN}\] (?:"
    r"<(?P<nick>[^ >]+)> ?(?P<text>.*)"
    r"|\* (?P<actor>[^ ]+) ?(?P<did>.*)"
    r"|-(?P<noticer>[^ !@(<>]+)- ?(?P<noticed>.*)"
    r"|(?P<event>\*\*\* .*|\| .*))"
)
_WHO = r"\*\*\* (?P<nick>[^ ]+)(?: \([^ ]*\))?"
_EVENTS = EventPatterns(
    (kinds.JOIN, rf"{_WHO} joined"),
    (kinds.PART, rf"{_WHO} left(?: \((?P<text>.*)\))?"),
    (kinds.QUIT, rf"{_WHO} quit(?: \((?P<text>.*)\))?"),
    (kinds.KICK, r"\*\*\* (?P<target>[^ ]+) was kicked by (?P<nick>[^ ]+)(?: \((?P<text>.*)\))?"),
    (kinds.MODE, r"\*\*\* (?P<nick>[^ ]+) set mode (?P<text>.*)"),
    (kinds.NICK, r"\*\*\* (?P<nick>[^ ]+) changed nick to (?P<target>[^ ]+)"),
    (kinds.TOPIC, r"\*\*\* (?P<nick>[^ ]+) changed topic to(?: '(?P<text>.*)'|: .*)"),
    (IGNORED, r"\*\*\* [^ ]+ changed host to:? .*"),
)
_CONTINUED = "\0"
"""Stands for the speaker of a line that continues the message before it; no client writes it."""


def _continue(at: datetime, sentence: str) -> list[LogLine]:
    return [LogLine(at, kinds.MESSAGE, _CONTINUED, sentence[2:])] if sentence.startswith("| ") else []


_parse = make_parser(_LINE, _EVENTS, expand=_continue)


def parse(lines: Iterable[NumberedLine], source: ParseContext) -> Iterator[Item]:
    before: LogLine | None = None
    current: NumberedLine = (0, "")

    def track_lines() -> Iterator[NumberedLine]:
        nonlocal current
        for current in lines:  # noqa: UP028  (the assignment is what it is for)
            yield current

    for item in _parse(track_lines(), source):
        if isinstance(item, LogLine) and item.nick == _CONTINUED:
            is_said = before is not None and before.kind <= kinds.MESSAGE + 2
            yield before._replace(at=item.at, text=item.text) if before and is_said else UnparsedLine(*current)
            continue
        before = item if isinstance(item, LogLine) else None
        yield item


THELOUNGE = Format("thelounge", "The Lounge", parse, zoned=True)

_KINDS = {
    "message": kinds.MESSAGE,
    "action": kinds.ACTION,
    "notice": kinds.NOTICE,
    "join": kinds.JOIN,
    "part": kinds.PART,
    "quit": kinds.QUIT,
    "nick": kinds.NICK,
    "kick": kinds.KICK,
    "mode": kinds.MODE,
    "topic": kinds.TOPIC,
}
_USERS_OWN = {
    *("unhandled", "away", "back", "error", "invite", "login", "logout", "mode_channel", "mode_user", "ctcp", "raw"),
    *("monospace_block", "ctcp_request", "chghost", "topic_set_by", "whois", "plugin", "wallops", "warn", "note"),
    *("motd", "banlist", "ban_list", "ignore_list", "channel_list", "list", "status"),
}
"""Types of messages that are to the user, or not about what happened in the channel."""


def read_rows(database: sqlite3.Connection) -> Iterator[Row]:
    """The rows of all channels; what is said to the user alone is skipped."""
    msgid = "msgid" if "msgid" in list_columns(database, "messages") else "NULL"
    allow_tables(database, ["messages"])
    # The id breaks ties: it was not always in the order of time.
    rows = database.execute(
        f"SELECT id, network, channel, time, type, msg, {msgid} FROM messages "  # noqa: S608  (one of two constants)
        "ORDER BY network, channel, time, id"
    )
    for row in rows:
        number, network, channel, at, kind, message, known_id = row
        if not is_channel(str(channel)):
            continue
        line: LogLine | str | None
        try:
            line = _parse_message(at, kind, json.loads(message), known_id)
        except BAD_ROW_ERRORS:
            line = describe_bad_row("messages", number, (at, kind))
        yield Row(str(channel), line, str(network))


def _parse_message(at: float, kind: str, fields: dict[str, Any], msgid: object) -> LogLine | None:
    # A notice that is shown in whatever window is open is to the user.
    if kind in _USERS_OWN or fields.get("showInActive"):
        return None
    target = fields["new_nick"] if kind == "nick" else fields["target"]["nick"] if kind == "kick" else None
    text = "" if kind in {"join", "nick"} else fields.get("text") or ""
    nick, msgid = fields["from"]["nick"], msgid or fields.get("msgid")
    if not (isinstance(nick, str) and isinstance(text, str) and isinstance(target, str | None)):
        raise TypeError(kind)
    return LogLine(
        datetime.fromtimestamp(at / 1000, UTC), _KINDS[kind], nick, text.rstrip() if kind == "mode" else text, target,
        msgid=msgid if isinstance(msgid, str) else None,
    )  # fmt: skip
