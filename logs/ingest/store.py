"""Columns of values as PostgreSQL reads arrays: one literal each.

psycopg2 would write an expression of as many parts as there are values, which takes both sides much longer.
https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
"""
# MERGED: Lines into the table: the one place where ids are given out.

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from logs.ingest.entry import Entry
from logs.ingest.rules import admit
from logs.models import HeldLine
from logs.models.notify import notify_lines


def numbers(values: Iterable[int]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def moments(values: Iterable[datetime]) -> str:
    return "{" + ",".join([value.isoformat() for value in values]) + "}"


def texts(values: Iterable[str | None]) -> str:
    return "{" + ",".join(["NULL" if value is None else _quoted(value) for value in values]) + "}"


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


MSGID_BYTES = 500
"""An index takes keys of at most 2,704 bytes; a longer message id is stored as its digest."""

_INSERT = """
    INSERT INTO logs_line (at, id, channel_id, kind, nick, text, account, msgid, target)
    SELECT * FROM unnest(%s::timestamptz[], %s::integer[], %s::integer[], %s::smallint[],
                         %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
"""

_AS_ARRAYS: tuple[Callable[[Any], str], ...] = (moments, numbers, numbers, numbers, texts, texts, texts, texts, texts)


@dataclass(slots=True)
class Stored:
    """What became of entries: how many were stored, were there already, are held back or must not be kept; and those
    of unknown channels."""

    lines: int = 0
    known: int = 0
    held: int = 0
    unwanted: int = 0
    refused: list[Entry] = field(default_factory=list)


def store_lines(entries: Sequence[Entry]) -> Stored:
    """Stores lines in the given order, inside the caller's transaction, and tells the listeners when it commits.

    Ids continue the channel's counter, whose row stays locked until the commit. A line whose message id the channel has
    already is left out, and so is whatever its speaker or the channel's owners do not want kept, or not yet.
    """
    if not entries:
        return Stored()
    counters = lock_counters({entry.channel for entry in entries})
    admitted = admit(entries)  # under the lock: what is erased at this moment is known now, or finds the row
    stored = _insert(admitted.now, counters)
    stored.held, stored.unwanted = len(admitted.held), admitted.unwanted
    for line in admitted.held:
        line.nick, line.text = clean(line.nick), clean(line.text)
        line.account, line.target, line.msgid = _clean(line.account), _clean(line.target), short_msgid(line.msgid)
    HeldLine.objects.bulk_create(admitted.held, ignore_conflicts=True)
    return stored


def insert_lines(entries: Sequence[Entry]) -> Stored:
    """`store_lines` for lines that were admitted before, and for what stands in place of others."""
    return _insert(entries, lock_counters({entry.channel for entry in entries})) if entries else Stored()


def _insert(entries: Sequence[Entry], counters: dict[int, int]) -> Stored:
    stored = Stored()
    known = _known_msgids(entries)
    rows: list[tuple[object, ...]] = []
    taken: dict[int, int] = {}
    for entry in entries:
        channel, msgid = entry.channel, short_msgid(entry.msgid) if entry.msgid else None
        if channel not in counters:
            stored.refused.append(entry)
            continue
        if msgid:
            if (channel, msgid) in known:
                stored.known += 1
                continue
            known.add((channel, msgid))
        number = taken[channel] = taken.get(channel, counters[channel]) + 1
        rows.append(row(entry, number, msgid))
    if rows:
        with connection.cursor() as cursor:
            columns = zip(_AS_ARRAYS, zip(*rows, strict=True), strict=True)
            cursor.execute(_INSERT, [as_array(column) for as_array, column in columns])
        advance_counters(taken)
    stored.lines = len(rows)
    return stored


def lock_counters(channels: set[int]) -> dict[int, int]:
    """The last id of each channel that exists; locked until the transaction ends, in one order against deadlocks."""
    with connection.cursor() as cursor:
        ids = sorted(channels)
        cursor.execute(
            "INSERT INTO logs_linecounter (channel_id, last_id) SELECT id, 0 FROM logs_channel WHERE id = ANY(%s)"
            " ORDER BY id ON CONFLICT DO NOTHING",
            [ids],
        )
        cursor.execute(
            "SELECT channel_id, last_id FROM logs_linecounter WHERE channel_id = ANY(%s)"
            " ORDER BY channel_id FOR UPDATE",
            [ids],
        )
        return dict(cursor.fetchall())


def advance_counters(counters: dict[int, int]) -> None:
    """Store the last ids, by channel id, and notify the listeners when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logs_linecounter SET last_id = new.last_id"
            " FROM unnest(%s::integer[], %s::integer[]) AS new(channel_id, last_id)"
            " WHERE logs_linecounter.channel_id = new.channel_id",
            [list(counters), list(counters.values())],
        )
    notify_lines(counters)


def row(entry: Entry, number: int, msgid: str | None) -> tuple[object, ...]:
    """A line as it is stored: at, id, channel, kind, nick, text, account, msgid (a short one), target."""
    return (
        entry.at,
        number,
        entry.channel,
        entry.kind,
        clean(entry.nick),
        clean(entry.text),
        _clean(entry.account),
        msgid,
        _clean(entry.target),
    )


def clean(text: str) -> str:
    """Text as PostgreSQL takes it: no NUL, no half of a surrogate pair."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _clean(text: str | None) -> str | None:
    return None if text is None else clean(text)


def short_msgid(msgid: str | None) -> str | None:
    """A message id as it is stored: short enough for an index."""
    encoded = clean(msgid or "").encode()
    if not encoded:
        return None
    return encoded.decode() if len(encoded) <= MSGID_BYTES else hashlib.sha256(encoded).hexdigest()


def _known_msgids(entries: Sequence[Entry]) -> set[tuple[int, str]]:
    wanted = {(entry.channel, msgid) for entry in entries if entry.msgid and (msgid := short_msgid(entry.msgid))}
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel_id, msgid FROM logs_line JOIN unnest(%s::integer[], %s::text[]) AS new(channel, id)"
            " ON channel_id = new.channel AND msgid = new.id",
            [numbers(channel for channel, _ in wanted), texts(msgid for _, msgid in wanted)],
        )
        return set(cursor.fetchall())
