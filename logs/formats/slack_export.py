"""Slack's export: a folder with `channels.json` and `users.json`, and a folder for each channel with a file a day.

Only public channels are read. Marks of Slack (`<@U123>`, `<https://…|label>`) become text.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from logs.formats.channel_files import BAD_ROW_ERRORS, Row, describe_bad_row, write_rows
from logs.formats.chat_exports import MAX_NAME_CHARACTERS, said_lines, unmask, unmask_name
from logs.formats.log_format import ACTION, JOIN, MESSAGE, PART, TOPIC, LogLine
from logs.formats.numbered_lines import UnreadableError

_SAID = {None, "bot_message", "file_share", "thread_broadcast", "file_comment", "file_mention", "slackbot_response"}
_OWN = re.compile(
    r"(?:channel|group)_(?:purpose|name|archive|unarchive|canvas_updated|convert_to_.*|posting_permissions)"
    r"|pinned_item|unpinned_item|bot_(?:add|remove|enable|disable)|reminder_(?:add|delete)|tombstone|huddle_thread"
    r"|reply_broadcast|message_(?:changed|deleted)|sh_room_.*|app_conversation_(?:join|leave)|assistant_app_thread"
    r"|bookmark_.*|ekm_access_denied|joiner_notification.*|document_mention|channel_topic_removed"
)
"""What Slack says of itself. A deleted message is a tombstone."""

_MARK = re.compile(r"<([@#!]?)([^<>|\s]{1,500})(?:\|([^<>]{0,500}))?>")
MAX_JSON_BYTES = 200_000_000
"""A larger file is not of one day or one list."""


def find_root(folder: Path) -> Path | None:
    """The folder of an export: this one, or the only one in it; None if it is none."""
    below = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    candidates = [folder, *below] if len(below) == 1 else [folder]
    for root in candidates:
        if (root / "channels.json").is_file() and (root / "users.json").is_file():
            return root
    return None


def extract_export(root: Path, folder: Path, max_channels: int, max_bytes: int | None = None) -> None:
    """Write the lines of all public channels, each to a file. UnreadableError if a list is damaged."""
    try:
        write_rows(_read_rows(root), folder, max_channels, max_bytes)
    except UnreadableError as error:
        raise UnreadableError(f"{root}: {error}") from error


def _read_rows(root: Path) -> Iterator[Row]:
    names = {}
    for user in _load(root / "users.json"):
        if isinstance(user, dict):
            names[str(user.get("id"))] = _name_of(user)
    for channel in _load(root / "channels.json"):
        name = channel.get("name") if isinstance(channel, dict) else None
        # A name is that of a folder: nothing outside the export is read.
        if not isinstance(name, str) or not name or "/" in name or name.startswith(".") or not (root / name).is_dir():
            continue
        for path in sorted((root / name).glob("*.json")):
            yield from _read_day(path, name, names)


def _load(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise UnreadableError(f"{path.name} is too large.")
        value = json.loads(path.read_bytes())
    except (ValueError, OSError, RecursionError) as error:
        raise UnreadableError(f"{path.name} cannot be read.") from error
    if not isinstance(value, list):
        raise UnreadableError(f"{path.name} is no list.")
    return value


def _name_of(user: dict[str, Any]) -> str:
    profile = user.get("profile") or user.get("user_profile") or {}
    names = (profile.get("display_name"), user.get("name"), profile.get("name"), profile.get("real_name"))
    return next((name[:MAX_NAME_CHARACTERS] for name in names if isinstance(name, str) and name), "")


def _read_day(path: Path, channel: str, names: dict[str, str]) -> Iterator[Row]:
    try:
        messages = _load(path)
    except UnreadableError:
        yield Row(channel, f"{path.name} cannot be read")
        return
    for number, message in enumerate(messages, 1):
        lines: list[LogLine | str] = []
        try:
            lines += _parse(message, names)
        except BAD_ROW_ERRORS:
            kind = message.get("subtype") if isinstance(message, dict) else ""
            lines = [describe_bad_row(path.name, number, f"a message of type {str(kind)[:50]!r}")]
        for line in lines:
            yield Row(channel, line)


def _parse(message: dict[str, Any], names: dict[str, str]) -> list[LogLine]:
    kind = message.get("subtype")
    if message["type"] != "message" or (kind is not None and _OWN.fullmatch(kind)):
        return []
    at = _read_time(message["ts"])
    nick = _sender_of(message, names)
    if not nick:
        raise ValueError("of nobody")
    text = _plain(message.get("text") or "", names)
    match kind:
        case "channel_join" | "group_join":
            return [LogLine(at, JOIN, nick)]
        case "channel_leave" | "group_leave":
            return [LogLine(at, PART, nick)]
        case "channel_topic" | "group_topic":
            return [LogLine(at, TOPIC, nick, " ".join(_plain(message["topic"], names).split()))]
        case "me_message":
            return said_lines(at, ACTION, nick, [text])
        case _ if kind in _SAID:
            is_bot = bool(message.get("bot_id")) or kind == "bot_message"
            files = [each.get("permalink") or each.get("url_private") or "" for each in message.get("files") or []]
            return said_lines(at, MESSAGE, nick, [unmask(text, is_bot=is_bot), *files])
        case _:
            raise ValueError(kind)


def _sender_of(message: dict[str, Any], names: dict[str, str]) -> str:
    """The name of who sent a message; a bridge gives that of whom it speaks for with each message."""
    if (name := message.get("username")) and isinstance(name, str):
        return unmask_name(name, is_bot=True)
    profile = message.get("bot_profile") or {}
    return names.get(str(message.get("user")), "") or _name_of(message) or str(profile.get("name") or "")


def _read_time(text: str) -> datetime:
    """The moment of `1577923200.000200`: seconds since 1970, and digits that make it unique."""
    seconds, _, rest = text.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(rest[:6].ljust(6, "0")) if rest else 0)


def _plain(text: str, names: dict[str, str]) -> str:
    def replace(match: re.Match[str]) -> str:
        sign, what, label = match.groups()
        if sign == "@":
            return f"@{label or names.get(what) or what}"
        if sign == "#":
            return f"#{label or what}"
        return f"@{label or what}" if sign else what

    return html.unescape(_MARK.sub(replace, text))
