"""JSON Lines: our own, which keep everything, and rustlog's.

{"id": 7, "at": "2026-01-02T03:04:05.678901+00:00", "kind": "message", "nick": "ada", "text": "hi"}
{"text": "hi", "displayName": "Ada", "timestamp": "2026-01-02T03:04:05.678Z", "id": "0b5f-...", "tags": {}}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from logs.formats import log_format as kinds
from logs.formats.log_format import (
    MESSAGE,
    FilledLines,
    Format,
    Item,
    LogLine,
    MissingTime,
    NumberedLine,
    ParseContext,
    ReplyDecision,
    UnparsedLine,
    WriteOptions,
)

KINDS = {
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
    "removed": kinds.REMOVED,
    "unlogged": kinds.UNLOGGED,
}
KIND_NAMES = {kind: name for name, kind in KINDS.items()}
_OPTIONAL = ("text", "target", "account", "msgid")


def parse(lines: Iterable[NumberedLine], _source: ParseContext) -> Iterator[Item]:
    for number, text in lines:
        try:
            yield _from_dict(json.loads(text))
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            if text.strip():
                yield UnparsedLine(number, text)


def parse_rustlog(lines: Iterable[NumberedLine], _source: ParseContext) -> Iterator[Item]:
    for number, text in lines:
        try:
            yield _from_rustlog(json.loads(text))
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            if text.strip():
                yield UnparsedLine(number, text)


def _from_dict(fields: dict[str, Any]) -> LogLine | MissingTime | FilledLines | ReplyDecision:
    if fields["kind"] == "filled":
        return FilledLines(
            _check_number(fields["first"]), _check_number(fields["last"]), _check_text(fields["from"]) or ""
        )
    if fields["kind"] == "reply":
        answered = fields["to"]
        return ReplyDecision(
            _check_number(fields["line"]),
            None if answered is None else _check_number(answered),
            _check_text(fields["by"]) or "",
        )
    if fields["kind"] == "gap":
        end = fields.get("until")
        return MissingTime(
            _parse_time(fields["at"]), None if end is None else _parse_time(end), _check_text(fields["reason"]) or ""
        )
    text, target, account, msgid = (_check_text(fields.get(name)) for name in _OPTIONAL)
    nick = _check_text(fields["nick"])
    if nick is None:
        raise ValueError
    number = _check_number(fields["id"]) if fields.get("id") is not None else None
    old = tuple(_check_number(old, 2**63) for old in fields["old"]) if fields.get("old") else None
    return LogLine(
        _parse_time(fields["at"]), KINDS[fields["kind"]], nick, text or "", target, account, msgid, number, old
    )


def _check_number(value: object, end: int = 2**31) -> int:
    if type(value) is not int or not 0 < value < end:
        raise ValueError
    return value


def _from_rustlog(fields: dict[str, Any]) -> LogLine:
    nick = fields.get("displayName") or fields["username"]
    return LogLine(
        _parse_time(fields["timestamp"]),
        MESSAGE,
        _replace_surrogates(str(nick)),
        _replace_surrogates(str(fields["text"])),
        msgid=_check_text(fields.get("id")) or None,
    )


def _parse_time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return at.astimezone(UTC)


def _check_text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value if value is None else _replace_surrogates(value)


def _replace_surrogates(text: str) -> str:
    """Replace halves of surrogate pairs by `?`: JSON can contain them (`"\\ud800"`), nothing prints or stores them."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def write(
    lines: Iterable[LogLine | MissingTime | FilledLines | ReplyDecision], _options: WriteOptions
) -> Iterator[str]:
    """One object per line; empty fields are omitted."""
    dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for line in lines:
        yield dumps(_to_dict(line))


def _to_dict(line: LogLine | MissingTime | FilledLines | ReplyDecision) -> dict[str, Any]:
    if isinstance(line, MissingTime):
        end = None if line.end is None else line.end.isoformat()
        return {"at": line.start.isoformat(), "kind": "gap", "until": end, "reason": line.reason}
    if isinstance(line, FilledLines):
        return {"kind": "filled", "first": line.first, "last": line.last, "from": line.name}
    if isinstance(line, ReplyDecision):
        return {"kind": "reply", "line": line.line, "to": line.reply_to, "by": line.by}
    fields: dict[str, Any] = {"id": line.id} if line.id is not None else {}
    fields |= {"at": line.at.isoformat(), "kind": KIND_NAMES[line.kind], "nick": line.nick}
    fields |= {name: value for name in _OPTIONAL if (value := getattr(line, name)) not in {None, ""}}
    return fields | {"old": line.old} if line.old else fields


JSONL = Format("jsonl", "JSON Lines", parse, zoned=True, write=write, is_lossless=True)
RUSTLOG = Format("rustlog", "rustlog", parse_rustlog, zoned=True, are_actions_certain=True)
