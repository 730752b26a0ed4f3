"""JSON Lines: ours, which lose nothing, and rustlog's.

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
    for number, told in lines:
        try:
            yield _from_dict(json.loads(told))
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            if told.strip():
                yield UnparsedLine(number, told)


def parse_rustlog(lines: Iterable[NumberedLine], _source: ParseContext) -> Iterator[Item]:
    for number, told in lines:
        try:
            yield _from_rustlog(json.loads(told))
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            if told.strip():
                yield UnparsedLine(number, told)


def _from_dict(told: dict[str, Any]) -> LogLine | MissingTime | FilledLines:
    if told["kind"] == "filled":
        return FilledLines(_check_number(told["first"]), _check_number(told["last"]), _check_text(told["from"]) or "")
    if told["kind"] == "gap":
        end = told.get("until")
        return MissingTime(
            _parse_time(told["at"]), None if end is None else _parse_time(end), _check_text(told["reason"]) or ""
        )
    text, target, account, msgid = (_check_text(told.get(name)) for name in _OPTIONAL)
    nick = _check_text(told["nick"])
    if nick is None:
        raise ValueError
    number = _check_number(told["id"]) if told.get("id") is not None else None
    old = tuple(_check_number(old, 2**63) for old in told["old"]) if told.get("old") else None
    return LogLine(_parse_time(told["at"]), KINDS[told["kind"]], nick, text or "", target, account, msgid, number, old)


def _check_number(told: object, end: int = 2**31) -> int:
    if type(told) is not int or not 0 < told < end:
        raise ValueError
    return told


def _from_rustlog(told: dict[str, Any]) -> LogLine:
    nick = told.get("displayName") or told["username"]
    return LogLine(
        _parse_time(told["timestamp"]), MESSAGE, str(nick), str(told["text"]), msgid=_check_text(told.get("id")) or None
    )


def _parse_time(told: str) -> datetime:
    at = datetime.fromisoformat(told)
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return at.astimezone(UTC)


def _check_text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value


def write(lines: Iterable[LogLine | MissingTime | FilledLines], _how: WriteOptions) -> Iterator[str]:
    """Fields that are empty are left out."""
    dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for line in lines:
        yield dumps(_to_dict(line))


def _to_dict(line: LogLine | MissingTime | FilledLines) -> dict[str, Any]:
    if isinstance(line, MissingTime):
        end = None if line.end is None else line.end.isoformat()
        return {"at": line.start.isoformat(), "kind": "gap", "until": end, "reason": line.reason}
    if isinstance(line, FilledLines):
        return {"kind": "filled", "first": line.first, "last": line.last, "from": line.name}
    told: dict[str, Any] = {"id": line.id} if line.id is not None else {}
    told |= {"at": line.at.isoformat(), "kind": KIND_NAMES[line.kind], "nick": line.nick}
    told |= {name: value for name in _OPTIONAL if (value := getattr(line, name)) not in {None, ""}}
    return told | {"old": line.old} if line.old else told


JSONL = Format("jsonl", "JSON Lines", parse, zoned=True, write=write)
RUSTLOG = Format("rustlog", "rustlog", parse_rustlog, zoned=True)
