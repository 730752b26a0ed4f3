"""Exports of chats other than IRC, for communities that moved or whose channel was bridged.

Discord: DiscordChatExporter's JSON, `{"guild", "channel", "messages"}`. Matrix: Element's JSON, `{"room_name",
"messages"}`. Slack: slack_export.py. A file is read message by message, whatever its size. A text of several lines
becomes several lines, as a bridge sends them; files become their addresses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from logs.formats.channel_files import BAD_ROW_ERRORS, Row, describe_bad_row, write_rows
from logs.formats.json_stream import read_members
from logs.formats.log_format import ACTION, JOIN, KICK, MESSAGE, NICK, NOTICE, PART, TOPIC, LogLine
from logs.formats.numbered_lines import UnreadableError

_BRIDGE_LINE = re.compile(r"(?:\[[^\[\]<>]{1,30}\] ?)?\*{0,2}<([^<>\s*]{1,100})>\*{0,2} (.*)", re.DOTALL)
"""How a bridge that is one account repeats what people on IRC say; some write the name in bold, or a network first."""

_BRIDGE_NAME = re.compile(
    r"(?:\[[^\[\]<>]{1,30}\] ?)?<([^<>]{1,100})>:? ?|([^\s]{1,100}) ?(?:\((?:irc|IRC)\)|\[(?:irc|IRC)\])"
)
"""Under which names a bridge speaks that has one for each person; matterbridge's are `[irc] <ann>`."""

# DiscordChatExporter writes types that it does not know by their number: 20 and 23 are answers of commands, 21 begins a
# thread.
_DISCORD_SAID = {"Default", "Reply", "20", "21", "23", "ThreadStarterMessage", "ChatInputCommand", "ContextMenuCommand"}
_DISCORD_OWN = {
    *("RecipientAdd", "RecipientRemove", "Call", "ChannelNameChange", "ChannelIconChange", "ChannelPinnedMessage"),
    *("ThreadCreated",),
}
"""Messages of Discord itself, as are those of which the exporter knows only the number."""

_MATRIX_KINDS = {"m.text": MESSAGE, "m.emote": ACTION, "m.notice": NOTICE}
_MATRIX_FILES = {"m.image", "m.file", "m.audio", "m.video", "m.location"}
_MATRIX_OWN = re.compile(r"m\.(?:reaction|room\.(?:redaction|create|name|avatar|power_levels|join_rules|pinned_events"
                         r"|history_visibility|guest_access|canonical_alias|aliases|server_acl|encryption|tombstone"
                         r"|third_party_invite|bot\.options|related_groups)|space\..*|call\..*|poll\..*|key\..*)"
                         r"|(?:im|org|io)\..*|uk\.half-shot\..*")  # fmt: skip
MAX_NAME_CHARACTERS = 200
"""A name is repeated wherever somebody is mentioned or speaks."""

_PUPPET = re.compile(r"_[a-z0-9.-]{1,30}_(.+)|(?:libera|liberachat|freenode|oftc|irc|ircnet|efnet|gimpnet)_(.+)")
"""The name of an account with which a bridge to IRC speaks for somebody."""


def find_export(start: bytes) -> Callable[[Path], Iterator[Row]] | None:
    """What reads the export that begins with these bytes; None if they are of none."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"{"):
        return None
    if b'"guild"' in text and b'"channel"' in text:
        return read_discord
    return read_matrix if b'"room_name"' in text and b'"room_creator"' in text else None


def extract_export(path: Path, folder: Path, max_channels: int, max_bytes: int | None = None) -> None:
    """Write the lines of an export to the file of its channel. UnreadableError if it is no whole JSON, or too large."""
    with path.open("rb") as file:
        read = find_export(file.read(1000)) or read_discord
    try:
        write_rows(read(path), folder, max_channels, max_bytes)
    except UnreadableError as error:
        raise UnreadableError(f"{path}: {error}") from error


def said_lines(at: datetime, kind: int, nick: str, texts: list[str], msgid: str | None = None) -> list[LogLine]:
    """A line for each line of the texts that is not blank; the first one has the message's id."""
    lines = [line.rstrip() for text in texts for line in text.splitlines() if line.strip()]
    return [LogLine(at, kind, nick, line, msgid=None if number else msgid) for number, line in enumerate(lines)]


def unmask(text: str, *, is_bot: bool) -> str:
    """What a bridge says, as `<ann> hi`, the form in which pages know it."""
    match = _BRIDGE_LINE.fullmatch(text) if is_bot else None
    return f"<{match[1]}> {match[2]}" if match else text


def unmask_name(name: str, *, is_bot: bool) -> str:
    """The name of the person for whom a bridge speaks."""
    match = _BRIDGE_NAME.fullmatch(name) if is_bot else None
    return (match[1] or match[2]).strip() if match else name


def _convert(
    path: Path, find_channel: Callable[[str, Any], str | None], convert: Callable[[dict[str, Any]], list[LogLine]]
) -> Iterator[Row]:
    """The rows of a file in which what names the channel stands before the messages."""
    channel, count = "", 0
    for name, value in read_members(path, "messages"):
        if name != "messages":
            channel = find_channel(name, value) or channel
            continue
        count += 1
        lines: list[LogLine | str] = []
        try:
            lines += convert(value)
        except BAD_ROW_ERRORS:
            kind = value.get("type") if isinstance(value, dict) else ""
            lines = [describe_bad_row("message", count, f"of type {str(kind)[:50]!r}")]
        for line in lines:
            yield Row(channel.strip().replace(" ", "-") or "export", line)
    if not count:
        raise UnreadableError("It has no messages.")


def read_discord(path: Path) -> Iterator[Row]:
    """The messages of one channel, as DiscordChatExporter writes them."""

    def find_channel(name: str, value: Any) -> str | None:
        found = value.get("name") if name == "channel" and isinstance(value, dict) else None
        return found if isinstance(found, str) else None

    yield from _convert(path, find_channel, _parse_discord)


def _parse_discord(fields: dict[str, Any]) -> list[LogLine]:
    kind, author = str(fields["type"]), fields["author"]
    if kind in _DISCORD_OWN or (kind.isdigit() and kind not in _DISCORD_SAID):
        return []
    at, number = _read_time(fields["timestamp"]), fields["id"]
    if not isinstance(number, str | int):
        raise TypeError(number)
    is_bot = author.get("isBot") is True
    nick = unmask_name(author.get("nickname") or author["name"], is_bot=is_bot)
    if kind == "GuildMemberJoin":
        return [LogLine(at, JOIN, nick)]
    if kind not in _DISCORD_SAID:
        raise ValueError(kind)
    texts = [unmask(fields["content"], is_bot=is_bot)]
    texts += [each["url"] for each in fields.get("attachments") or []]
    texts += [each["sourceUrl"] for each in fields.get("stickers") or []]
    return said_lines(at, MESSAGE, nick, texts, f"discord-{number}")


def _read_time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return at.astimezone(UTC)


def read_matrix(path: Path) -> Iterator[Row]:
    """The events of one room, as Element exports them. People have the names under which they were last seen."""
    names: dict[str, str] = {}

    def find_channel(name: str, value: Any) -> str | None:
        return value if name == "room_name" and isinstance(value, str) else None

    yield from _convert(path, find_channel, lambda event: _parse_matrix(event, names))


def _parse_matrix(event: dict[str, Any], names: dict[str, str]) -> list[LogLine]:
    kind, content = event["type"], event["content"]
    at = datetime.fromtimestamp(event["origin_server_ts"] / 1000, UTC)
    if kind == "m.room.member":
        return _parse_member(at, event, names)
    # What was deleted is without content.
    if not content or _MATRIX_OWN.fullmatch(kind):
        return []
    nick = _matrix_nick(event["sender"], names)
    if kind == "m.room.topic":
        return [LogLine(at, TOPIC, nick, " ".join(content["topic"].split()))]
    if kind not in {"m.room.message", "m.sticker"}:
        raise ValueError(kind)
    relation = content.get("m.relates_to") or {}
    # An edit repeats the message with its new text: the first one stays, as on IRC.
    if relation.get("rel_type") == "m.replace":
        return []
    body = content["body"]
    if "m.in_reply_to" in relation:
        body = _without_quotation(body)
    if kind == "m.sticker" or content["msgtype"] in _MATRIX_FILES:
        address = content.get("url") or (content.get("file") or {}).get("url") or ""
        return said_lines(at, MESSAGE, nick, [f"{body} {address}".strip()], event.get("event_id"))
    return said_lines(at, _MATRIX_KINDS[content["msgtype"]], nick, [body], event.get("event_id"))


def _without_quotation(body: str) -> str:
    """An answer without the lines before it that quote what it answers."""
    lines = body.split("\n")
    quoted = next((number for number, line in enumerate(lines) if not line.startswith("> ")), 0)
    return "\n".join(lines[quoted:])


def _parse_member(at: datetime, event: dict[str, Any], names: dict[str, str]) -> list[LogLine]:
    """Arrivals, departures and new names; what else a membership is (invited, with another picture) is no line."""
    content, user = event["content"], event.get("state_key") or event["sender"]
    before = (event.get("unsigned") or {}).get("prev_content") or event.get("prev_content") or {}
    old_nick = _matrix_nick(user, names) if user in names else _shown_name(before) or _matrix_nick(user, names)
    if name := _shown_name(content):
        names[user] = name
    membership, previous = content.get("membership"), before.get("membership")
    nick = _matrix_nick(user, names)
    if membership == "join":
        # Another join is a change of the name or the picture.
        if previous != "join":
            return [LogLine(at, JOIN, nick)]
        return [LogLine(at, NICK, old_nick, "", nick)] if nick != old_nick else []
    # Whoever declines an invitation was never there.
    if membership in {"leave", "ban"} and previous != "invite":
        reason = str(content.get("reason") or "")
        if event["sender"] != user:
            return [LogLine(at, KICK, _matrix_nick(event["sender"], names), reason, nick)] if previous != "ban" else []
        return [LogLine(at, PART, nick, reason)]
    return []


def _shown_name(content: dict[str, Any]) -> str:
    """The name that somebody chose, without what bridges from IRC append."""
    name = content.get("displayname")
    return name.strip()[:MAX_NAME_CHARACTERS].removesuffix(" (IRC)") if isinstance(name, str) else ""


def _matrix_nick(user: str, names: dict[str, str]) -> str:
    """Somebody's name, or the part of the address that is no host; of a bridge's account that of whom it speaks for."""
    if user in names:
        return names[user]
    local = user.removeprefix("@").partition(":")[0]
    match = _PUPPET.fullmatch(local)
    return (match[1] or match[2]) if match else local
