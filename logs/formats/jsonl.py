"""JSON Lines: ours, which lose nothing, and rustlog's.

{"id": 7, "at": "2026-01-02T03:04:05.678901+00:00", "kind": "message", "nick": "ada", "text": "hi"}
{"text": "hi", "displayName": "Ada", "timestamp": "2026-01-02T03:04:05.678Z", "id": "0b5f-...", "tags": {}}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from logs.formats import base as kinds
from logs.formats.base import MESSAGE, Filled, Format, Item, LogLine, Missing, Numbered, Source, Unparsed, Writing

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
NAMES = {kind: name for name, kind in KINDS.items()}
_OPTIONAL = ("text", "target", "account", "msgid")


def parse(lines: Iterable[Numbered], _source: Source) -> Iterator[Item]:
    for number, told in lines:
        try:
            yield _ours(json.loads(told))
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            if told.strip():
                yield Unparsed(number, told)


def parse_rustlog(lines: Iterable[Numbered], _source: Source) -> Iterator[Item]:
    for number, told in lines:
        try:
            yield _rustlog(json.loads(told))
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            if told.strip():
                yield Unparsed(number, told)


def _ours(told: dict[str, Any]) -> LogLine | Missing | Filled:
    if told["kind"] == "filled":
        return Filled(_number(told["first"]), _number(told["last"]), _text(told["from"]) or "")
    if told["kind"] == "gap":
        end = told.get("until")
        return Missing(_moment(told["at"]), None if end is None else _moment(end), _text(told["reason"]) or "")
    text, target, account, msgid = (_text(told.get(name)) for name in _OPTIONAL)
    nick = _text(told["nick"])
    if nick is None:
        raise ValueError
    number = _number(told["id"]) if told.get("id") is not None else None
    old = tuple(_number(old, 2**63) for old in told["old"]) if told.get("old") else None
    return LogLine(_moment(told["at"]), KINDS[told["kind"]], nick, text or "", target, account, msgid, number, old)


def _number(told: object, end: int = 2**31) -> int:
    if type(told) is not int or not 0 < told < end:
        raise ValueError
    return told


def _rustlog(told: dict[str, Any]) -> LogLine:
    nick = told.get("displayName") or told["username"]
    return LogLine(
        _moment(told["timestamp"]), MESSAGE, str(nick), str(told["text"]), msgid=_text(told.get("id")) or None
    )


def _moment(told: str) -> datetime:
    at = datetime.fromisoformat(told)
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return at.astimezone(UTC)


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value


def write(lines: Iterable[LogLine | Missing | Filled], _how: Writing) -> Iterator[str]:
    """Fields that are empty are left out."""
    dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for line in lines:
        yield dumps(_told(line))


def _told(line: LogLine | Missing | Filled) -> dict[str, Any]:
    if isinstance(line, Missing):
        end = None if line.end is None else line.end.isoformat()
        return {"at": line.start.isoformat(), "kind": "gap", "until": end, "reason": line.reason}
    if isinstance(line, Filled):
        return {"kind": "filled", "first": line.first, "last": line.last, "from": line.name}
    told: dict[str, Any] = {"id": line.id} if line.id is not None else {}
    told |= {"at": line.at.isoformat(), "kind": NAMES[line.kind], "nick": line.nick}
    told |= {name: value for name in _OPTIONAL if (value := getattr(line, name)) not in {None, ""}}
    return told | {"old": line.old} if line.old else told


JSONL = Format("jsonl", "JSON Lines", parse, zoned=True, write=write)
RUSTLOG = Format("rustlog", "rustlog", parse_rustlog, zoned=True)
