"""What logs.ingest.admit is for the lines of a bulk load: it takes out what must not be kept, or not yet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from logs.ingest.admit import ROUND, Rules, digest_of
from logs.ingest.entry import Entry
from logs.models import Channel, Forgotten, Kind
from logs.models.line import SAID
from logs.text.consent import is_off_record

COMINGS = (Kind.JOIN, Kind.PART, Kind.QUIT)
MINUTE = timedelta(minutes=1)
CHUNK = 2000


def admit_staged(cursor: Any, channel: int) -> Counter[int]:
    """Takes lines out of `staged_line`, in whose place may come nameless ones; how many of each file went.

    A line that may be published only later goes as well: it can be imported then.
    """
    settings = Channel.objects.filter(pk=channel).first()
    if settings is None:
        return Counter()
    dropped = _drop_by_settings(cursor, settings)
    rules, erased = Rules({channel}), _Erased(channel)
    if rules.pass_all and not erased:
        return dropped
    gone: list[int] = []
    nameless: list[int] = []
    renamed: list[tuple[int, str, str | None]] = []
    for n, entry in _staged(channel):
        kept = None if erased.has(entry) else rules.kept(entry)
        if kept is None or rules.held(kept):
            gone.append(n)
        elif kept.kind == Kind.UNLOGGED:
            nameless.append(n)
        elif kept is not entry:
            renamed.append((n, kept.nick, kept.target))
    cursor.execute(
        "UPDATE staged_line SET kind = %s, nick = '', text = '', account = NULL, target = NULL WHERE n = ANY(%s)",
        [Kind.UNLOGGED, nameless],
    )
    if renamed:
        cursor.execute(
            "UPDATE staged_line SET nick = new.nick, account = NULL, target = new.target"
            " FROM unnest(%s::integer[], %s::text[], %s::text[]) AS new(n, nick, target) WHERE staged_line.n = new.n",
            [list(column) for column in zip(*renamed, strict=True)],
        )
    return dropped + _drop(cursor, gone)


class _Erased:
    """Single lines of a channel that were erased. A log that knows only minutes has them at the beginning of theirs."""

    def __init__(self, channel: int) -> None:
        self._msgids: set[str] = set()
        self._digests: defaultdict[str, list[datetime]] = defaultdict(list)
        single = Forgotten.objects.filter(channel=channel).exclude(msgid="", digest="")
        for msgid, digest, until in single.values_list("msgid", "digest", "until"):
            if msgid:
                self._msgids.add(msgid)
            else:
                self._digests[digest].append(until)

    def __bool__(self) -> bool:
        return bool(self._msgids or self._digests)

    def has(self, entry: Entry) -> bool:
        if entry.msgid in self._msgids:
            return True
        if not self._digests:
            return False
        return any(entry.at - ROUND <= until < entry.at + MINUTE for until in self._digests.get(digest_of(entry), ()))


def _drop_by_settings(cursor: Any, channel: Channel) -> Counter[int]:
    """What the channel's owners do not want kept."""
    gone: list[int] = []
    prefixes = channel.off_record.split()
    if prefixes:
        cursor.execute(
            "SELECT n, text FROM staged_line WHERE kind = ANY(%s) AND lower(left(text, 100)) LIKE ANY(%s)",
            [[int(kind) for kind in SAID], [f"%{_literal(prefix.lower())}%" for prefix in prefixes]],
        )
        gone = [n for n, text in cursor.fetchall() if is_off_record(text, prefixes)]
    if channel.retention:
        cursor.execute("SELECT n FROM staged_line WHERE at < now() - %s * interval '1 day'", [channel.retention])
        gone += [n for (n,) in cursor.fetchall()]
    if not channel.keeps_joins:
        cursor.execute("SELECT n FROM staged_line WHERE kind = ANY(%s)", [[int(kind) for kind in COMINGS]])
        gone += [n for (n,) in cursor.fetchall()]
    return _drop(cursor, gone)


def _literal(text: str) -> str:
    """As LIKE takes it for itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _drop(cursor: Any, gone: list[int]) -> Counter[int]:
    if not gone:
        return Counter()
    cursor.execute("DELETE FROM staged_line WHERE n = ANY(%s) RETURNING file", [gone])
    return Counter(file for (file,) in cursor.fetchall())


def _staged(channel: int) -> Iterator[tuple[int, Entry]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            "SELECT n, at, kind, nick, text, account, msgid, target, '' AS held, true AS replayed FROM staged_line"
        )
        while rows := cursor.fetchmany(CHUNK):
            for n, *fields in rows:
                yield n, Entry(channel, *fields)
