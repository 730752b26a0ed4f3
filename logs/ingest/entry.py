"""What the journal holds: lines on their way to the database, and what else must happen in order with them."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any


@dataclass(slots=True)
class Entry:
    """A line without an id yet; `at` is aware. See logs.models.Line for what each kind uses.

    Nobody changes one. It is not frozen because making a frozen one takes three times as long, and all lines are one.

    `held` is why the line should be held back (a logs.models.line.HoldReason), or empty. `replayed`: a history told
    of it; nobody asked, when it was said, whether it may be kept.
    """

    channel: int
    at: datetime
    kind: int
    nick: str
    text: str = ""
    account: str | None = None
    msgid: str | None = None
    target: str | None = None
    held: str = ""
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class GapOpened:
    """From here on the channel is not heard; changes nothing while a gap is open."""

    channel: int
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class GapClosed:
    """From here on the channel is heard again; changes nothing when no gap is open."""

    channel: int
    at: datetime


@dataclass(frozen=True, slots=True)
class GapCovered:
    """What was said from `at` to `until` has been recorded after all: gaps shrink by that, or go."""

    channel: int
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class TopicKnown:
    """The channel's topic as it now stands."""

    channel: int
    text: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """The server says that a message is to be removed. https://ircv3.net/specs/extensions/message-redaction"""

    channel: int
    msgid: str
    nick: str


@dataclass(frozen=True, slots=True)
class FloodDetected:
    """What a nick has said since `at` turned out to be the beginning of a flood or of spam."""

    channel: int
    at: datetime
    nick: str
    why: str


Record = Entry | GapOpened | GapClosed | GapCovered | TopicKnown | Redacted | FloodDetected

_TYPES: dict[str, type[Record]] = {
    "line": Entry,
    "gap": GapOpened,
    "heard": GapClosed,
    "covered": GapCovered,
    "topic": TopicKnown,
    "redacted": Redacted,
    "wave": FloodDetected,
}
_TIMES = ("at", "until")
_NAMES = {cls: name for name, cls in _TYPES.items()}
_FIELDS = {cls: [(field.name, field.default) for field in fields(cls)] for cls in _NAMES}
_values = {cls: attrgetter(*(field.name for field in fields(cls))) for cls in _NAMES}
_from_json = json.JSONDecoder().raw_decode
_to_json = json.JSONEncoder(separators=(",", ":")).encode


def encode(record: Record) -> bytes:
    """One line of ASCII JSON without its newline; fields that have their default are left out."""
    content: dict[str, Any] = {"is": _NAMES[type(record)]}
    for (name, default), value in zip(_FIELDS[type(record)], _values[type(record)](record), strict=True):
        if value != default:
            content[name] = value.isoformat() if name in _TIMES else value
    return _to_json(content).encode("ascii")


def decode(line: bytes) -> Record:
    """The inverse of `encode`; ValueError when the line is not one of ours."""
    try:
        text = line.decode("ascii")
        content, end = _from_json(text)
        if end != len(text):
            raise ValueError(f"more than a record: {line[:80]!r}")
        cls = _TYPES[content.pop("is")]
        for name in _TIMES:
            if name in content:
                content[name] = datetime.fromisoformat(content[name])
        return cls(**content)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a record: {line[:80]!r}") from error
