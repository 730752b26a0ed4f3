"""Storing lines: the one place where rows of `logs_line` are inserted and get their ids, except bulk loads.

Values go to PostgreSQL as one array literal per column. psycopg2 would write an expression with as many parts as there
are values, which takes both sides much longer. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection

from logs.greenlets import with_yields
from logs.ingest.closed_lines import SaidLine, close_late_lines
from logs.ingest.entry import Entry
from logs.ingest.erased_copies import store_copies
from logs.ingest.rules import apply_rules
from logs.models import HeldLine, Kind, Line
from logs.models.line import PLACEHOLDER_KINDS
from logs.models.line_counts import lock_counters
from logs.models.postgres import notify_lines
from logs.text.masking import mask_hosts, mask_modes

_WITH_REASON = (Kind.PART, Kind.QUIT, Kind.KICK)

MAX_MSGID_BYTES = 500
"""A longer message id is stored as its digest: an index takes keys of at most 2,704 bytes."""

MAX_TEXT_BYTES = 8191
"""A longer text is stored without its end: what a line costs to draw and to index grows with it.

IRC allows 512 bytes for a message, and 8,191 for its tags. https://ircv3.net/specs/extensions/message-tags#size-limit
"""
CUT_MARK = " […]"
"""The end of a text that was cut; it counts as part of MAX_TEXT_BYTES."""

MAX_NAME_BYTES = 500
"""A longer nick or account is cut: an index takes keys of at most 2,704 bytes."""

SHORT_CHARACTERS = MAX_NAME_BYTES // 4
"""Neither a text nor a name of this length is cut: a character has at most four bytes."""


_ABOUT_NICK = frozenset({Kind.JOIN, Kind.PART, Kind.QUIT, Kind.NICK})
"""The kinds of lines that tell of nothing but their nick."""


class _Content(NamedTuple):
    """What distinguishes messages that have the same message id; `nick` only where it is what the line is about."""

    kind: int
    target: str
    text: str
    nick: str


@dataclass(slots=True)
class StoreResult:
    """How many entries were stored, were duplicates, are held back or were dropped, and those of unknown channels.

    `inserted` has the stored entries with their ids.
    """

    stored: int = 0
    duplicates: int = 0
    held: int = 0
    dropped: int = 0
    unknown_channel: list[Entry] = field(default_factory=list)
    inserted: list[tuple[int, Entry]] = field(default_factory=list)


def entry_of(line: Line | HeldLine) -> Entry:
    """Return a row as the entry that it was made of."""
    return Entry(line.channel_id, line.at, line.kind, line.nick, line.text, line.account, line.msgid, line.target)


def store_lines(entries: Sequence[Entry]) -> StoreResult:
    """Store lines in the given order, in the caller's transaction, and notify the listeners when it commits.

    Ids continue the channel's counter, whose row stays locked until the commit. Left out are messages that the channel
    already has under their message id, and lines that a rule of their speaker or the channel's owners drops or holds
    back.
    """
    if not entries:
        return StoreResult()
    counters = lock_counters({entry.channel for entry in entries})
    # The rules are read under the lock. An erasure takes the same lock: either it has ended and its rule is read here,
    # or it waits and then finds the rows.
    filtered = apply_rules(entries)
    result = _insert(filtered.accepted, counters)
    result.held, result.dropped = len(filtered.held), filtered.dropped
    for line in filtered.held:
        line.nick, line.text = shorten_name(line.nick), stored_text(line.kind, line.text)
        line.account, line.target = _shorten_optional(line.account), _shorten_optional(line.target)
        line.msgid = shorten_msgid(line.msgid)
    HeldLine.objects.bulk_create(filtered.held, ignore_conflicts=True)
    store_copies(filtered.erased_copies)
    return result


def insert_lines(entries: Sequence[Entry]) -> StoreResult:
    """Store lines like `store_lines`, but without the rules: lines accepted before, and placeholders for others."""
    return _insert(entries, lock_counters({entry.channel for entry in entries})) if entries else StoreResult()


_INSERT = """
    INSERT INTO logs_line (at, id, channel_id, kind, nick, text, account, msgid, target)
    SELECT * FROM unnest(%s::timestamptz[], %s::integer[], %s::integer[], %s::smallint[],
                         %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
"""


def _insert(entries: Sequence[Entry], counters: dict[int, int]) -> StoreResult:
    """Insert lines; `counters` has the last id of every channel that exists, all of them locked."""
    result = StoreResult()
    known_messages = _find_known_messages(entries)
    rows: list[tuple[str, ...]] = []
    said: list[SaidLine] = []
    last_ids: dict[int, int] = {}
    for entry in with_yields(entries):
        channel, msgid = entry.channel, shorten_msgid(entry.msgid) if entry.msgid else None
        if channel not in counters:
            result.unknown_channel.append(entry)
            continue
        if msgid:
            # The same message may also come twice in one batch.
            contents = known_messages.setdefault((channel, msgid), set())
            content = _content_of(entry.kind, entry.target, entry.text, entry.nick)
            if _is_known(content, contents) or _is_known(content, known_messages.get((channel, _own_id(entry)), ())):
                result.duplicates += 1
                continue
            if content.nick and any(known[:-1] == content[:-1] for known in contents):
                # Two people whom one command made come or go: the index does not tell them apart.
                msgid = _own_id(entry)
                contents = known_messages.setdefault((channel, msgid), set())
            contents.add(content)
        line_id = last_ids[channel] = last_ids.get(channel, counters[channel]) + 1
        rows.append(_row(entry, line_id, msgid))
        result.inserted.append((line_id, entry))
        said.append(SaidLine(channel, line_id, entry.at))
    if rows:
        # Before the rows, because the triggers that count them look up their periods.
        close_late_lines(said)
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, ["{" + ",".join(column) + "}" for column in zip(*rows, strict=True)])
        # A trigger has written the last ids to the counters, beside the sums of the lines.
        notify_lines(last_ids)
    result.stored = len(rows)
    return result


def _row(entry: Entry, line_id: int, msgid: str | None) -> tuple[str, ...]:
    """The values of a line in the order of _INSERT's columns, as elements of arrays; `msgid` is short already."""
    return (
        entry.at.isoformat(),
        str(line_id),
        str(entry.channel),
        str(entry.kind),
        _element(shorten_name(entry.nick)),
        _element(stored_text(entry.kind, entry.text)),
        _element(_shorten_optional(entry.account)),
        _element(msgid),
        _element(_shorten_optional(entry.target)),
    )


def _find_known_messages(entries: Sequence[Entry]) -> dict[tuple[int, str], set[_Content]]:
    """Return what the archive already has under the entries' message ids, by channel and message id."""
    pairs = {(entry.channel, msgid) for entry in entries if entry.msgid and (msgid := shorten_msgid(entry.msgid))}
    pairs |= {(entry.channel, _own_id(entry)) for entry in entries if entry.msgid and entry.kind in _ABOUT_NICK}
    known: dict[tuple[int, str], set[_Content]] = {}
    if not pairs:
        return known
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel_id, msgid, kind, target, text, nick"
            " FROM logs_line JOIN unnest(%s::integer[], %s::text[]) AS new(channel, id)"
            " ON channel_id = new.channel AND msgid = new.id",
            [integer_array(channel for channel, _ in pairs), text_array(msgid for _, msgid in pairs)],
        )
        for channel, msgid, *content in cursor.fetchall():
            known.setdefault((channel, msgid), set()).add(_content_of(*content))
    return known


def _content_of(kind: int, target: str | None, text: str, nick: str) -> _Content:
    shown_nick = shorten_name(nick) if kind in _ABOUT_NICK else ""
    return _Content(kind, _shorten_optional(target) or "", stored_text(kind, text), shown_nick)


def _own_id(entry: Entry) -> str:
    """The id under which a line is stored whose message id somebody else's line has."""
    return shorten_msgid(f"{entry.msgid}/{entry.nick}") or ""


def _is_known(content: _Content, contents: Collection[_Content]) -> bool:
    """Whether a message is one of those with the same message id.

    Servers give one id to all that a command caused. A placeholder stands for any of them.
    """
    if content.kind in PLACEHOLDER_KINDS:
        return bool(contents)
    return content in contents or any(known.kind in PLACEHOLDER_KINDS for known in contents)


def clean_text(text: str) -> str:
    """Remove what PostgreSQL cannot store: NUL, and halves of surrogate pairs (as `?`)."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def stored_text(kind: int, text: str) -> str:
    """Return the text of a line as it is stored: as `shorten_text`, and without hosts where the line is an event.

    Lines of the archive and the journal may be older than the rules by which hosts are hidden: compare these texts.
    """
    if kind == Kind.MODE:
        text = mask_modes(text)
    elif kind in _WITH_REASON:
        text = mask_hosts(text)
    return shorten_text(text)


def shorten_text(text: str) -> str:
    """Return a text as it is stored: clean, and at most MAX_TEXT_BYTES long."""
    text = clean_text(text)
    return text if len(text) <= SHORT_CHARACTERS else _cut(text, MAX_TEXT_BYTES)


def shorten_name(name: str) -> str:
    """Return a nick or an account as it is stored: clean, and at most MAX_NAME_BYTES long."""
    name = clean_text(name)
    return name if len(name) <= SHORT_CHARACTERS else _cut(name, MAX_NAME_BYTES)


def _shorten_optional(name: str | None) -> str | None:
    return None if name is None else shorten_name(name)


def _cut(text: str, max_bytes: int) -> str:
    encoded = text.encode()
    if len(encoded) <= max_bytes:
        return text
    # "ignore" drops the part of a character at which the cut ends.
    return encoded[: max_bytes - len(CUT_MARK.encode())].decode("utf-8", "ignore") + CUT_MARK


def shorten_msgid(msgid: str | None) -> str | None:
    """Return a message id as it is stored, at most MAX_MSGID_BYTES long; None for an empty one."""
    encoded = clean_text(msgid or "").encode()
    if not encoded:
        return None
    return encoded.decode() if len(encoded) <= MAX_MSGID_BYTES else hashlib.sha256(encoded).hexdigest()


def integer_array(values: Iterable[int]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def text_array(values: Iterable[str | None]) -> str:
    return "{" + ",".join(map(_element, values)) + "}"


def _element(text: str | None) -> str:
    if text is None:
        return "NULL"
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
