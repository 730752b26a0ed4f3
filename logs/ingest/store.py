"""Lines into the table: the one place where ids are given out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection

from logs.ingest.entry import Entry

NOTIFY = "botbot_lines"

_INSERT = """
    INSERT INTO logs_line (at, id, channel_id, kind, nick, text, account, msgid, target)
    SELECT * FROM unnest(%s::timestamptz[], %s::integer[], %s::integer[], %s::smallint[],
                         %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
"""


@dataclass(slots=True)
class Stored:
    """What became of entries: how many were stored, how many were there already, and those of unknown channels."""

    lines: int = 0
    known: int = 0
    refused: list[Entry] = field(default_factory=list)


def store_lines(entries: Sequence[Entry]) -> Stored:
    """Stores lines in the given order, inside the caller's transaction, and tells the listeners when it commits.

    Ids continue the channel's counter, whose row stays locked until the commit. A line whose message id the channel has
    already is left out.
    """
    stored = Stored()
    counters = lock_counters({entry.channel for entry in entries})
    known = _known_msgids(entries)
    rows: list[tuple[Entry, int]] = []
    for entry in entries:
        if entry.channel not in counters:
            stored.refused.append(entry)
        elif entry.msgid and (entry.channel, entry.msgid) in known:
            stored.known += 1
        else:
            if entry.msgid:
                known.add((entry.channel, entry.msgid))
            counters[entry.channel] += 1
            rows.append((entry, counters[entry.channel]))
    if rows:
        _insert(rows)
        advance_counters({entry.channel: counters[entry.channel] for entry, _ in rows})
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
    """Writes the last ids and, on commit, tells the listeners to look."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logs_linecounter SET last_id = new.last_id FROM unnest(%s::integer[], %s::integer[])"
            " AS new(channel_id, last_id) WHERE logs_linecounter.channel_id = new.channel_id",
            [list(counters), list(counters.values())],
        )
        cursor.execute(
            "SELECT pg_notify(%s, channel_id || ' ' || last_id)"
            " FROM unnest(%s::integer[], %s::integer[]) AS new(channel_id, last_id)",
            [NOTIFY, list(counters), list(counters.values())],
        )


def clean(text: str) -> str:
    """Text as PostgreSQL takes it: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _known_msgids(entries: Sequence[Entry]) -> set[tuple[int, str]]:
    wanted = [(entry.channel, entry.msgid) for entry in entries if entry.msgid]
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel_id, msgid FROM logs_line JOIN unnest(%s::integer[], %s::text[]) AS new(channel, id)"
            " ON channel_id = new.channel AND msgid = new.id",
            [[channel for channel, _ in wanted], [msgid for _, msgid in wanted]],
        )
        return set(cursor.fetchall())


def _insert(rows: Sequence[tuple[Entry, int]]) -> None:
    def optional(text: str | None) -> str | None:
        return None if text is None else clean(text)

    columns: list[list[object]] = [
        [entry.at for entry, _ in rows],
        [number for _, number in rows],
        [entry.channel for entry, _ in rows],
        [entry.kind for entry, _ in rows],
        [clean(entry.nick) for entry, _ in rows],
        [clean(entry.text) for entry, _ in rows],
        [optional(entry.account) for entry, _ in rows],
        [optional(entry.msgid) for entry, _ in rows],
        [optional(entry.target) for entry, _ in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, columns)
