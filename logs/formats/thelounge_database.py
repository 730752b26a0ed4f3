"""The Lounge's SQLite file: `messages(id, network, channel, time, type, msg)`, since 2026 also `msgid`.

`network` is a UUID, `time` in milliseconds, `msg` a message as JSON. https://github.com/thelounge/thelounge
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from logs.formats.channel_files import BAD_ROW_ERRORS, Row, describe_bad_row
from logs.formats.log_format import ACTION, JOIN, KICK, MESSAGE, MODE, NICK, NOTICE, PART, QUIT, TOPIC, LogLine
from logs.formats.sqlite_files import allow_tables, list_columns
from logs.text.names import is_channel

_KINDS = {
    "message": MESSAGE,
    "action": ACTION,
    "notice": NOTICE,
    "join": JOIN,
    "part": PART,
    "quit": QUIT,
    "nick": NICK,
    "kick": KICK,
    "mode": MODE,
    "topic": TOPIC,
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
            line = _parse(at, kind, json.loads(message), known_id)
        except BAD_ROW_ERRORS:
            line = describe_bad_row("messages", number, (at, kind))
        yield Row(str(channel), line, str(network))


def _parse(at: float, kind: str, fields: dict[str, Any], msgid: object) -> LogLine | None:
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
