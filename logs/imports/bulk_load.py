"""Load whole log files by COPY, in one transaction, without storing any line twice.

Lines go to a temporary table first. There the lines that must not be stored, or are stored already, are deleted; what
remains is inserted in the order of the files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import connection, transaction

from logs.formats.log_format import LogLine
from logs.imports.copy_rows import MAX_TIME, MIN_TIME, FileSummary, RowStream, copy_rows, drop_transcoded
from logs.ingest.staged_rules import apply_rules_to_staged
from logs.ingest.store import CUT_MARK, MAX_TEXT_BYTES
from logs.models.line import PLACEHOLDER_KINDS
from logs.models.line_counts import lock_counters
from logs.models.postgres import notify_lines

_STAGE = """
    SET LOCAL statement_timeout = 0;
    SET LOCAL work_mem = '64MB';
    CREATE TEMPORARY TABLE staged_line (
        file integer, n integer, at timestamptz, kind smallint, nick text, text text,
        target text, account text, msgid text, id integer, old bigint[]
    ) ON COMMIT DROP
"""

# A text that was stored before texts were cut, as `shorten_text` cuts it: the byte behind the cut is the first one of a
# character, or else the cut is before that character. The text of the other lines is taken as it is.
_HEAD_BYTES = MAX_TEXT_BYTES - len(CUT_MARK.encode())
_STORED_TEXT = f"""
    CASE WHEN octet_length(text) <= {MAX_TEXT_BYTES} THEN text ELSE convert_from(substr(convert_to(text, 'UTF8'), 1, (
        SELECT max(cut) FROM generate_series({_HEAD_BYTES - 3}, {_HEAD_BYTES}) AS cut
        WHERE get_byte(convert_to(text, 'UTF8'), cut) & 192 <> 128)), 'UTF8') || '{CUT_MARK}' END
"""  # noqa: S608  (constants)
_KNOWN_TEXT = re.sub(r"\btext\b", "known.text", _STORED_TEXT)

# A message id is given to all that a command caused, so messages are compared whole; a placeholder stands for any.
_PLACEHOLDERS = ", ".join(str(int(kind)) for kind in sorted(PLACEHOLDER_KINDS))
_DROP_KNOWN_MESSAGES = f"""
    DELETE FROM staged_line USING (
        SELECT n, row_number() OVER (PARTITION BY msgid, kind, coalesce(target, ''), text ORDER BY n) AS nth
        FROM staged_line WHERE msgid IS NOT NULL
    ) AS counted
    WHERE staged_line.n = counted.n AND (nth > 1 OR EXISTS (
        SELECT FROM logs_line AS known
        WHERE known.channel_id = %(channel)s AND known.msgid = staged_line.msgid
            AND (known.kind IN ({_PLACEHOLDERS}) OR staged_line.kind IN ({_PLACEHOLDERS}) OR (
                known.kind = staged_line.kind AND coalesce(known.target, '') = coalesce(staged_line.target, '')
                AND {_KNOWN_TEXT} = staged_line.text))))
    RETURNING file
"""  # noqa: S608  (constants)

# Equal lines are counted. The k-th of a file is a duplicate if the archive has at least k of them, or if a file before
# it has a k-th one.
_DROP_DUPLICATES = f"""
    WITH counted AS (
        SELECT n, at, kind, nick, text, coalesce(target, '') AS target, row_number() OVER (
            PARTITION BY file, at, kind, nick, text, coalesce(target, '') ORDER BY n) AS nth
        FROM staged_line WHERE msgid IS NULL
    ), known AS (
        SELECT at, kind, nick, {_STORED_TEXT} AS text, coalesce(target, '') AS target, count(*) AS times
        FROM logs_line WHERE channel_id = %(channel)s AND at BETWEEN %(first)s AND %(last)s
        GROUP BY 1, 2, 3, 4, 5
    ), judged AS (
        SELECT n, nth <= coalesce(times, 0) OR row_number() OVER (
            PARTITION BY at, kind, nick, text, target, nth ORDER BY n) > 1 AS is_duplicate
        FROM counted LEFT JOIN known USING (at, kind, nick, text, target)
    )
    DELETE FROM staged_line USING judged WHERE staged_line.n = judged.n AND is_duplicate RETURNING file
"""  # noqa: S608  (constants)

# The margin of a minute is for logs without seconds, whose times are up to a minute early.
_DROP_RECORDED = f"""
    DELETE FROM staged_line WHERE NOT EXISTS (
        SELECT FROM logs_gap WHERE channel_id = %(channel)s
        AND staged_line.at BETWEEN from_at - interval '1 minute' AND coalesce(to_at, 'infinity')
    ) OR EXISTS (
        SELECT FROM logs_line AS known WHERE channel_id = %(channel)s
        AND known.at BETWEEN staged_line.at - interval '1 minute' AND staged_line.at + interval '1 minute'
        AND known.kind = staged_line.kind AND known.nick = staged_line.nick AND {_KNOWN_TEXT} = staged_line.text
        AND known.target IS NOT DISTINCT FROM staged_line.target
    )
    RETURNING file
"""  # noqa: S608  (constants)

_INSERT = """
    INSERT INTO logs_line (at, id, channel_id, kind, nick, text, account, msgid, target)
    SELECT at, %(last_id)s + row_number() OVER (ORDER BY n), %(channel)s, kind, nick, text, account, msgid, target
    FROM staged_line ORDER BY n
"""

# Where no line was dropped, the numbers of the lines follow each other: nothing needs to be sorted.
_INSERT_ALL = """
    INSERT INTO logs_line (at, id, channel_id, kind, nick, text, account, msgid, target)
    SELECT at, %(last_id)s + n, %(channel)s, kind, nick, text, account, msgid, target FROM staged_line
"""

_INSERT_WITH_IDS = """
    INSERT INTO logs_line (at, id, channel_id, kind, nick, text, account, msgid, target)
    SELECT at, id, %(channel)s, kind, nick, text, account, msgid, target FROM staged_line ORDER BY n
"""

# Copied before duplicates are deleted: a line that is stored already may have an old address in this log.
_STAGE_OLD_NUMBERS = """
    CREATE TEMPORARY TABLE staged_old ON COMMIT DROP AS
    SELECT at, kind, nick, text, coalesce(target, '') AS target, old, row_number() OVER (
        PARTITION BY file, at, kind, nick, text, coalesce(target, '') ORDER BY n) AS nth
    FROM staged_line
"""

_INSERT_OLD_NUMBERS = f"""
    INSERT INTO logs_oldnumber (channel_id, number, line)
    SELECT DISTINCT ON (number) %(channel)s, number, stored.id
    FROM (
        SELECT id, at, kind, nick, {_STORED_TEXT} AS text, coalesce(target, '') AS target, row_number() OVER (
            PARTITION BY at, kind, nick, {_STORED_TEXT}, coalesce(target, '') ORDER BY id) AS nth
        FROM logs_line WHERE channel_id = %(channel)s AND at BETWEEN %(first)s AND %(last)s
    ) AS stored JOIN staged_old USING (at, kind, nick, text, target, nth), unnest(old) AS number
    ORDER BY number, stored.id
    ON CONFLICT DO NOTHING
"""  # noqa: S608  (constants)

_IS_NEW_TIME = """
    SELECT NOT EXISTS (SELECT FROM logs_line WHERE channel_id = %(channel)s AND at BETWEEN %(first)s AND %(last)s)
"""

_IDS_ARE_FREE = """
    SELECT count(*) = count(DISTINCT id) AND NOT EXISTS (
        SELECT FROM logs_line JOIN staged_line USING (id) WHERE channel_id = %(channel)s) FROM staged_line
"""


@dataclass(slots=True)
class LoadedFile:
    """The result for one file: how many lines were stored, and how many were rejected by the channel's rules.

    The other lines were stored already. `first_id` is the id of the first stored line, which the ids of the others
    follow; 0 if lines kept ids of their own, and in a dry run. `transcoded` lines were stored already
    as the same bytes in another encoding.
    """

    summary: FileSummary
    stored: int
    rejected: int
    first_id: int
    transcoded: int = 0

    @property
    def lines(self) -> int:
        return self.summary.lines


def load_files(
    channel: int,
    files: Sequence[Iterable[LogLine]],
    *,
    dry_run: bool = False,
    gaps_only: bool = False,
    may_keep_ids: bool = True,
    cooperative: bool = False,
    bounds: tuple[datetime, datetime] = (MIN_TIME, MAX_TIME),
) -> list[LoadedFile]:
    """Store the lines that the channel does not have yet, in the order of the files, all in one transaction.

    Erased lines and lines of people who opted out are rejected. Equal lines (time, kind, nick, text and target) are
    counted: a file with three where the archive has two adds one. A message id alone decides where there is one. A file
    that cannot be read to its end, or has a line outside `bounds`, is not stored at all.
    If every line has an id and all of these are free in the channel, lines keep them, with `may_keep_ids`.

    `dry_run` stores nothing; the channel need not exist. `gaps_only` stores only lines from the channel's gaps, with a
    margin of a minute in which the same words count as stored. `cooperative`: see `copy_rows`.
    """
    rows = RowStream(files, bounds)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STAGE)
        copy_rows(cursor, "staged_line", rows, cooperative=cooperative)
        dropped = _drop_unreadable(cursor, rows.summaries)
        whole = [summary for summary in rows.summaries if summary.lines and not summary.error]
        # From here on nobody else assigns ids in this channel. The files were read before, because that can take long.
        last_id = 0 if dry_run else lock_counters({channel})[channel]
        rejected: Counter[int] = Counter()
        transcoded: Counter[int] = Counter()
        # Old numbers also belong to lines that are dropped below as stored already: keep a copy of all.
        if rows.has_old_numbers and not dry_run:
            cursor.execute(_STAGE_OLD_NUMBERS)
        if whole:
            # Under the lock of the counter, as when the bot stores lines: no opt-out can come in between.
            rejected = apply_rules_to_staged(cursor, channel)
            dropped += rejected
            if gaps_only:
                cursor.execute(_DROP_RECORDED, {"channel": channel})
                dropped.update(file for (file,) in cursor.fetchall())
            # Last, so that a rejected line does not count as one of several equal lines.
            dropped += _drop_duplicates(cursor, channel, whole, rows.has_msgids)
            transcoded = drop_transcoded(cursor, channel, whole)
            dropped += transcoded
        may_keep_ids = may_keep_ids and bool(whole) and not dry_run and not gaps_only
        keep_ids = may_keep_ids and rows.all_have_ids and _are_ids_free(cursor, channel)
        if whole and not dry_run:
            statement = _INSERT_WITH_IDS if keep_ids else _INSERT if dropped.total() else _INSERT_ALL
            _insert_staged(cursor, statement, channel, last_id, keeps_ids=keep_ids)
            if rows.has_old_numbers:
                cursor.execute(_INSERT_OLD_NUMBERS, _parameters(channel, whole))
        # A transaction can import several batches in a test or a view: the next one creates the tables again.
        cursor.execute("DROP TABLE IF EXISTS staged_line, staged_old")
    loaded = _count_loaded(rows.summaries, dropped, rejected, 0 if keep_ids or dry_run else last_id + 1)
    for number, file in enumerate(loaded):
        file.transcoded = transcoded[number]
    return loaded


def _count_loaded(
    summaries: Sequence[FileSummary], dropped: Counter[int], rejected: Counter[int], first_id: int
) -> list[LoadedFile]:
    loaded = []
    for number, summary in enumerate(summaries):
        stored = summary.lines - dropped[number]
        loaded.append(LoadedFile(summary, stored, rejected[number], first_id))
        # Ids follow each other across files, because all of them are inserted in one order.
        first_id += stored if first_id else 0
    return loaded


def _parameters(channel: int, summaries: Sequence[FileSummary]) -> dict[str, Any]:
    return {
        "channel": channel,
        "first": min(summary.first for summary in summaries),
        "last": max(summary.last for summary in summaries),
    }


def _are_ids_free(cursor: Any, channel: int) -> bool:
    cursor.execute(_IDS_ARE_FREE, {"channel": channel})
    return bool(cursor.fetchone()[0])


def _drop_unreadable(cursor: Any, summaries: Sequence[FileSummary]) -> Counter[int]:
    failed = [number for number, summary in enumerate(summaries) if summary.error]
    if failed:
        cursor.execute("DELETE FROM staged_line WHERE file = ANY(%s)", [failed])
    return Counter({number: summaries[number].lines for number in failed})


def _drop_duplicates(cursor: Any, channel: int, summaries: Sequence[FileSummary], msgids: bool) -> Counter[int]:
    """Delete lines that are stored already or twice in the files; return how many per file."""
    given = _parameters(channel, summaries)
    dropped: Counter[int] = Counter()
    if msgids:
        cursor.execute(_DROP_KNOWN_MESSAGES, given)
        dropped.update(file for (file,) in cursor.fetchall())
    cursor.execute(_IS_NEW_TIME, given)
    # Comparing takes most of the time of an import. It is not needed where the channel has no line of these times.
    if not cursor.fetchone()[0] or _overlap(summaries):
        cursor.execute(_DROP_DUPLICATES, given)
        dropped.update(file for (file,) in cursor.fetchall())
    return dropped


def _overlap(summaries: Sequence[FileSummary]) -> bool:
    """Whether the times of two files overlap."""
    ordered = sorted((summary.first, summary.last) for summary in summaries)
    return any(after[0] <= before[1] for before, after in pairwise(ordered))


def _insert_staged(cursor: Any, statement: str, channel: int, last_id: int, *, keeps_ids: bool) -> None:
    cursor.execute(statement, {"channel": channel, "last_id": last_id})
    stored = cursor.rowcount
    # A trigger has written the last id to the counter.
    if stored and keeps_ids:
        cursor.execute("SELECT max(id) FROM staged_line")
        notify_lines({channel: max(last_id, cursor.fetchone()[0])})
    elif stored:
        notify_lines({channel: last_id + stored})
