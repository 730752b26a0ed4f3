"""The records of a journal: lines on their way to the database, and whatever must happen in order with them.

A record is one line of JSON; its member `is` names the kind. Journals outlive an update of the program: a field may be
added if it has a default, but no name in a record may change.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any


@dataclass(slots=True)
class Entry:
    """A line that has no id yet; `at` is aware. See logs.models.Line for the fields that each kind uses.

    Treat it as immutable. It is not frozen because creating a frozen one takes three times as long, and every line that
    is received or imported is one.

    `held`: the HoldReason for which the line should be held back, or "". `replayed`: the line comes from a server's
    history, so the bot could not check when it was said whether it may be stored. `reply_msgid`: the message id of the
    line that it answers, as its sender says.
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
    reply_msgid: str | None = None


@dataclass(frozen=True, slots=True)
class GapOpened:
    """The bot stops receiving the channel; no effect while a gap is open."""

    channel: int
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class GapClosed:
    """The bot receives the channel again; no effect while no gap is open."""

    channel: int
    at: datetime


@dataclass(frozen=True, slots=True)
class GapCovered:
    """Everything said from `at` to `until` has been recorded after all: gaps shrink by that interval."""

    channel: int
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class TopicKnown:
    """The present topic of the channel."""

    channel: int
    text: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """The server demands the removal of a message. https://ircv3.net/specs/extensions/message-redaction"""

    channel: int
    msgid: str
    nick: str


@dataclass(frozen=True, slots=True)
class FloodDetected:
    """What a nick has said since `at` is the beginning of a flood or of spam; `why` is a HoldReason."""

    channel: int
    at: datetime
    nick: str
    why: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What `nicks` said from `at` to `until` without an account came from a connection that has logged in since."""

    channel: int
    at: datetime
    until: datetime
    nicks: list[str]
    account: str


@dataclass(frozen=True, slots=True)
class BotSeen:
    """The server marks a nick that speaks in the channel as a bot. https://ircv3.net/specs/extensions/bot-mode"""

    channel: int
    nick: str


Record = Entry | GapOpened | GapClosed | GapCovered | TopicKnown | Redacted | FloodDetected | LoggedIn | BotSeen

_TYPES: dict[str, type[Record]] = {
    "line": Entry,
    "gap": GapOpened,
    "heard": GapClosed,
    "covered": GapCovered,
    "topic": TopicKnown,
    "redacted": Redacted,
    "wave": FloodDetected,
    "login": LoggedIn,
    "bot": BotSeen,
}
_TIMES = ("at", "until")
_NAMES = {cls: name for name, cls in _TYPES.items()}
_FIELDS = {cls: [(field.name, field.default) for field in fields(cls)] for cls in _NAMES}
_values = {cls: attrgetter(*(field.name for field in fields(cls))) for cls in _NAMES}
_from_json = json.JSONDecoder().raw_decode
_to_json = json.JSONEncoder(separators=(",", ":")).encode


def encode(record: Record) -> bytes:
    """Return a record as ASCII JSON, without a newline; fields that have their default are left out."""
    content: dict[str, Any] = {"is": _NAMES[type(record)]}
    for (name, default), value in zip(_FIELDS[type(record)], _values[type(record)](record), strict=True):
        if value != default:
            content[name] = value.isoformat() if name in _TIMES else value
    return _to_json(content).encode("ascii")


def decode(line: bytes) -> Record:
    """Return the record of a line, the inverse of `encode`; ValueError if the line is no record."""
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
