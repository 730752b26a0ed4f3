"""Whole logs into the table at once: by COPY, in one transaction, each line only once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import connection, transaction

from logs.formats.log_format import LogLine
from logs.imports.copy_rows import MAX_TIME, MIN_TIME, FileSummary, RowStream, copy_rows
from logs.ingest.rules import apply_rules_to_staged
from logs.models.line_counter import advance_counters, lock_counters

_STAGE = """
    SET LOCAL statement_timeout = 0;
    SET LOCAL work_mem = '64MB';
    CREATE TEMPORARY TABLE staged_line (
        file integer, n integer, at timestamptz, kind smallint, nick text, text text,
        target text, account text, msgid text, id integer, old bigint[]
    ) ON COMMIT DROP
"""

_DROP_KNOWN_MSGIDS = """
    DELETE FROM staged_line USING (
        SELECT n, row_number() OVER (PARTITION BY msgid ORDER BY n) AS nth FROM staged_line WHERE msgid IS NOT NULL
    ) AS counted
    WHERE staged_line.n = counted.n AND (nth > 1 OR EXISTS (
        SELECT FROM logs_line WHERE channel_id = %(channel)s AND logs_line.msgid = staged_line.msgid))
    RETURNING file
"""

# The k-th of equal lines of a file is a double if the archive has k of them, or another file before it.
_DROP_DUPLICATES = """
    WITH counted AS (
        SELECT n, at, kind, nick, text, coalesce(target, '') AS target, row_number() OVER (
            PARTITION BY file, at, kind, nick, text, coalesce(target, '') ORDER BY n) AS nth
        FROM staged_line WHERE msgid IS NULL
    ), known AS (
        SELECT at, kind, nick, text, coalesce(target, '') AS target, count(*) AS times
        FROM logs_line WHERE channel_id = %(channel)s AND at BETWEEN %(first)s AND %(last)s
        GROUP BY 1, 2, 3, 4, 5
    ), judged AS (
        SELECT n, nth <= coalesce(times, 0) OR row_number() OVER (
            PARTITION BY at, kind, nick, text, target, nth ORDER BY n) > 1 AS is_double
        FROM counted LEFT JOIN known USING (at, kind, nick, text, target)
    )
    DELETE FROM staged_line USING judged WHERE staged_line.n = judged.n AND is_double RETURNING file
"""

# A log that knows only minutes tells a line up to one earlier than it was.
_DROP_RECORDED = """
    DELETE FROM staged_line WHERE NOT EXISTS (
        SELECT FROM logs_gap WHERE channel_id = %(channel)s
        AND staged_line.at BETWEEN from_at - interval '1 minute' AND coalesce(to_at, 'infinity')
    ) OR EXISTS (
        SELECT FROM logs_line AS known WHERE channel_id = %(channel)s
        AND known.at BETWEEN staged_line.at - interval '1 minute' AND staged_line.at + interval '1 minute'
        AND known.kind = staged_line.kind AND known.nick = staged_line.nick AND known.text = staged_line.text
        AND known.target IS NOT DISTINCT FROM staged_line.target
    )
    RETURNING file
"""

_INSERT = """
    INSERT INTO logs_line (at, id, channel_id, kind, nick, text, account, msgid, target)
    SELECT at, %(last_id)s + row_number() OVER (ORDER BY n), %(channel)s, kind, nick, text, account, msgid, target
    FROM staged_line ORDER BY n
"""

_INSERT_WITH_IDS = """
    INSERT INTO logs_line (at, id, channel_id, kind, nick, text, account, msgid, target)
    SELECT at, id, %(channel)s, kind, nick, text, account, msgid, target FROM staged_line ORDER BY n
"""

# Before anything is taken out: a line that is known already has had its old address, too.
_STAGE_OLD_NUMBERS = """
    CREATE TEMPORARY TABLE staged_old ON COMMIT DROP AS
    SELECT at, kind, nick, text, coalesce(target, '') AS target, old, row_number() OVER (
        PARTITION BY file, at, kind, nick, text, coalesce(target, '') ORDER BY n) AS nth
    FROM staged_line
"""

_INSERT_OLD_NUMBERS = """
    INSERT INTO logs_oldnumber (channel_id, number, line)
    SELECT DISTINCT ON (number) %(channel)s, number, stored.id
    FROM (
        SELECT id, at, kind, nick, text, coalesce(target, '') AS target, row_number() OVER (
            PARTITION BY at, kind, nick, text, coalesce(target, '') ORDER BY id) AS nth
        FROM logs_line WHERE channel_id = %(channel)s AND at BETWEEN %(first)s AND %(last)s
    ) AS stored JOIN staged_old USING (at, kind, nick, text, target, nth), unnest(old) AS number
    ORDER BY number, stored.id
    ON CONFLICT DO NOTHING
"""

_IS_NEW_TIME = """
    SELECT NOT EXISTS (SELECT FROM logs_line WHERE channel_id = %(channel)s AND at BETWEEN %(first)s AND %(last)s)
"""

_IDS_ARE_FREE = """
    SELECT count(*) = count(DISTINCT id) AND NOT EXISTS (
        SELECT FROM logs_line JOIN staged_line USING (id) WHERE channel_id = %(channel)s) FROM staged_line
"""


@dataclass(slots=True)
class LoadedFile:
    """What became of a file: how many lines were read, how many of them stored and how many must not be kept (or not
    yet); the rest was known. The time of which it tells, and why it could not be read.

    `first_id` is that of its first stored line, which the others follow; 0 where lines kept ids of their own.
    """

    span: FileSummary
    stored: int
    unwanted: int
    first_id: int

    @property
    def lines(self) -> int:
        return self.span.lines


def load_files(
    channel: int,
    files: Sequence[Iterable[LogLine]],
    *,
    dry: bool = False,
    gaps_only: bool = False,
    politely: bool = False,
    bounds: tuple[datetime, datetime] = (MIN_TIME, MAX_TIME),
) -> list[LoadedFile]:
    """Stores what the files have and the channel has not, in their order: all of it at once, or nothing.

    Nothing comes back that was erased, or that somebody said after opting out.
    Equal lines (same time, kind, nick, text and target) are told apart by counting: a file that has three where the
    archive has two adds one. A message id decides alone. Nothing is stored of a file that cannot be read to its end.
    Lines that all bring an id keep it, if the channel has none of these ids. `dry`: tells only what would be
    stored, also in a channel that is not there. `gaps_only`: only what was said in the channel's gaps, or so near that
    it may have been, and is not there already in the same words. `politely`: for processes in which others wait.
    `bounds`: a file with a line outside of them is refused.
    """
    rows = RowStream(files, bounds)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STAGE)
        copy_rows(cursor, "staged_line", rows, politely=politely)
        dropped = _drop_unreadable(cursor, rows.spans)
        whole = [span for span in rows.spans if span.lines and not span.error]
        last_id = 0 if dry else lock_counters({channel})[channel]
        unwanted: Counter[int] = Counter()
        if rows.olds and not dry:
            cursor.execute(_STAGE_OLD_NUMBERS)
        if whole:
            unwanted = apply_rules_to_staged(cursor, channel)  # under the lock, as in the store
            dropped += unwanted
            if gaps_only:
                cursor.execute(_DROP_RECORDED, {"channel": channel})
                dropped.update(file for (file,) in cursor.fetchall())
            dropped += _drop_duplicates(cursor, channel, whole, rows.msgids)
        keep_ids = bool(whole) and not dry and not gaps_only and rows.ids and _are_ids_free(cursor, channel)
        if whole and not dry:
            _insert_staged(cursor, channel, last_id, keep_ids)
            if rows.olds:
                cursor.execute(_INSERT_OLD_NUMBERS, _parameters(channel, whole))
        cursor.execute("DROP TABLE IF EXISTS staged_line, staged_old")
    return _count_loaded(rows.spans, dropped, unwanted, 0 if keep_ids or dry else last_id + 1)


def _count_loaded(
    spans: Sequence[FileSummary], dropped: Counter[int], unwanted: Counter[int], first_id: int
) -> list[LoadedFile]:
    loaded = []
    for number, span in enumerate(spans):
        stored = span.lines - dropped[number]
        loaded.append(LoadedFile(span, stored, unwanted[number], first_id))
        first_id += stored if first_id else 0
    return loaded


def _parameters(channel: int, spans: Sequence[FileSummary]) -> dict[str, Any]:
    return {"channel": channel, "first": min(span.first for span in spans), "last": max(span.last for span in spans)}


def _are_ids_free(cursor: Any, channel: int) -> bool:
    cursor.execute(_IDS_ARE_FREE, {"channel": channel})
    return bool(cursor.fetchone()[0])


def _drop_unreadable(cursor: Any, spans: Sequence[FileSummary]) -> Counter[int]:
    failed = [number for number, span in enumerate(spans) if span.error]
    if failed:
        cursor.execute("DELETE FROM staged_line WHERE file = ANY(%s)", [failed])
    return Counter({number: spans[number].lines for number in failed})


def _drop_duplicates(cursor: Any, channel: int, spans: Sequence[FileSummary], msgids: bool) -> Counter[int]:
    """How many lines of each file go."""
    given = _parameters(channel, spans)
    dropped: Counter[int] = Counter()
    if msgids:
        cursor.execute(_DROP_KNOWN_MSGIDS, given)
        dropped.update(file for (file,) in cursor.fetchall())
    cursor.execute(_IS_NEW_TIME, given)
    if not cursor.fetchone()[0] or _overlap(spans):
        cursor.execute(_DROP_DUPLICATES, given)
        dropped.update(file for (file,) in cursor.fetchall())
    return dropped


def _overlap(spans: Sequence[FileSummary]) -> bool:
    """Whether files tell of the same time."""
    ordered = sorted((span.first, span.last) for span in spans)
    return any(after[0] <= before[1] for before, after in pairwise(ordered))


def _insert_staged(cursor: Any, channel: int, last_id: int, ids: bool) -> None:
    cursor.execute(_INSERT_WITH_IDS if ids else _INSERT, {"channel": channel, "last_id": last_id})
    stored = cursor.rowcount
    if stored and ids:
        cursor.execute("SELECT max(id) FROM staged_line")
        advance_counters({channel: max(last_id, cursor.fetchone()[0])})
    elif stored:
        advance_counters({channel: last_id + stored})
