"""Deleting many lines at once: by age, as channels' owners have chosen, or all of a channel; and scrubbing the disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import ProgrammingError, connection, transaction
from django.db.models import F
from django.utils import timezone

from logs.conversations.reply_store import forget_lines
from logs.models import Channel, ErasedCopy, Forgotten, HeldLine, Line, PlannedDeletion, Upload, audit_log
from logs.models.line_counts import lock_counters
from logs.models.planned_deletion import DeletionKind
from logs.privacy import request_scrub

BATCH_LINES = 2000
"""Lines deleted in one transaction, during which the channel's other writers wait."""

SCRUBBED_TABLES = (
    "logs_line",
    "logs_heldline",
    "logs_upload",
    "logs_channel",
    "logs_forgotten",
    "logs_removal",
    "logs_nickcount",
    "logs_closednickcount",
)


def purge(channel: Channel, by: str) -> int:
    """Delete every line of a channel for good and return how many; the channel stays, hidden, and the bot leaves it."""
    now = timezone.now()
    with transaction.atomic():
        lock_counters({channel.pk})
        forget_all_lines(channel, now)
        Channel.objects.filter(pk=channel.pk).update(wanted=False, hidden=True, topic="", access=F("access") + 1)
        audit_log.record_act(channel, by, "left the channel and purged its log")
    count = delete_older_lines(channel, now)
    request_scrub(channel.network)
    return count


def forget_all_lines(channel: Channel, until: datetime) -> None:
    """Keep copies of all lines said until a moment out, and delete all but these lines; in the caller's transaction."""
    # One rule that covers everybody takes the place of all earlier ones.
    Forgotten.objects.filter(channel=channel, until__lte=until).delete()
    ErasedCopy.objects.filter(channel=channel, at__lte=until).delete()
    Forgotten.objects.create(network=channel.network, channel=channel, until=until)
    HeldLine.objects.filter(channel=channel, at__lte=until).delete()
    Upload.objects.filter(channel=channel).delete()
    channel.gaps.filter(from_at__lte=until).delete()


def delete_older_lines(channel: Channel, before: datetime, max_lines: int | None = None) -> int:
    """Delete the lines said before a moment, the oldest first; return how many.

    Each transaction deletes about BATCH_LINES; between two of them others may store lines in the channel. Ends after
    about `max_lines`, if given.
    """
    HeldLine.objects.filter(channel=channel, at__lt=before).delete()
    count, start = 0, datetime.min.replace(tzinfo=UTC)
    while max_lines is None or count < max_lines:
        # The time of the first line behind the batch ends the batch: a range of times, unlike a list of ids, is
        # deleted by the index, and also covers lines that are stored meanwhile.
        rest = Line.objects.filter(channel=channel, at__gte=start, at__lt=before)
        end = rest.order_by("at").values_list("at", flat=True)[BATCH_LINES : BATCH_LINES + 1].first() or before
        # More than BATCH_LINES lines of one moment: the range must not be empty.
        end = max(end, start + timedelta(microseconds=1))
        with transaction.atomic():
            lock_counters({channel.pk})
            expired = Line.objects.filter(channel=channel, at__gte=start, at__lt=end)
            forget_lines(channel.pk, list(expired.values_list("id", flat=True)))
            count += expired.delete()[0]
        if end >= before:
            return count
        start = end
    return count


def apply_retention(now: datetime | None = None, max_lines: int | None = None) -> int:
    """Delete in every channel what is older than its owners allow, at most about `max_lines`; return how many."""
    count = 0
    now = now or timezone.now()
    # A new limit can be undone for a while, in which the former one applies (logs/planned_deletions.py).
    planned = PlannedDeletion.objects.filter(kind=DeletionKind.RETENTION, due_at__gt=now)
    former_limits = dict(planned.values_list("channel", "former_retention"))
    for channel in Channel.objects.filter(retention__gte=1).select_related("network"):
        days = former_limits.get(channel.pk, channel.retention)
        if days is None:
            continue
        remaining = None if max_lines is None else max_lines - count
        oldest = now - timedelta(days=days)
        deleted = delete_older_lines(channel, oldest, remaining)
        # Imports drop lines of that age anyway. The margin covers copies by a clock of another zone.
        ErasedCopy.objects.filter(channel=channel, at__lt=oldest - timedelta(days=3)).delete()
        if deleted:
            request_scrub(channel.network)
        count += deleted
        if max_lines is not None and count >= max_lines:
            return count
    return count


def scrub() -> list[str]:
    """Rewrite the tables that have lines, without the bytes of deleted rows; each is locked meanwhile.

    Then overwrite the write-ahead log; return sentences about what is left on disk, and until when.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for table in SCRUBBED_TABLES:
            cursor.execute(f"VACUUM (FULL, ANALYZE) {table}")
        # Statistics have samples of values, and are rewritten from what is left by the ANALYZE above.
        cursor.execute("VACUUM (FULL) pg_statistic")
        remaining_files = overwrite_old_log()
        cursor.execute("RESET statement_timeout")
    return remaining_files


MAX_SWITCHES = 160
"""Files overwritten at most, each of 16 MB by default: a little more than max_wal_size of the embedded server."""

NOT_PERMITTED = (
    "The write-ahead log may hold words of deleted lines until the server has overwritten its files, because the"
    " database user may not run what is needed ({error}). As a superuser: GRANT pg_checkpoint, pg_monitor TO {user};"
    " GRANT EXECUTE ON FUNCTION pg_switch_wal() TO {user};"
)


def overwrite_old_log() -> list[str]:
    """Overwrite what the write-ahead log has of the past; return sentences about what is left, and until when.

    The server deletes the files of its log behind a checkpoint, or renames them for later use with their old content. A
    switch to the next file writes the rest of the present one with zeros; thus as many switches as there are renamed
    files overwrite all of them. https://www.postgresql.org/docs/current/wal-configuration.html
    """
    with connection.cursor() as cursor:
        try:
            return _overwrite(cursor)
        except ProgrammingError as error:
            cursor.execute("SELECT quote_ident(current_user)")
            return [NOT_PERMITTED.format(error=str(error).split("\n")[0], user=cursor.fetchone()[0])]


def _overwrite(cursor: Any) -> list[str]:
    # Until a checkpoint the old files of rewritten tables, too, may still be on disk.
    cursor.execute("CHECKPOINT")
    cursor.execute("SELECT pg_switch_wal()")
    cursor.execute("SELECT pg_walfile_name(pg_current_wal_insert_lsn() + 1)")
    first_new = cursor.fetchone()[0]
    # This one gives up the files before the switch.
    cursor.execute("CHECKPOINT")
    reused = len(_log_files(cursor, "name > %s", first_new))
    for _ in range(min(reused, MAX_SWITCHES) + 1):
        # Without a record in between a switch does nothing.
        cursor.execute("SELECT pg_logical_emit_message(false, 'scrub', ''), pg_switch_wal()")
    cursor.execute("CHECKPOINT")
    remaining = []
    if kept_files := _log_files(cursor, "name < %s", first_new):
        remaining.append(_describe_kept(cursor, kept_files))
    if reused > MAX_SWITCHES:
        remaining.append(
            f"{reused - MAX_SWITCHES} files of the write-ahead log wait to be overwritten: run this again, or they are"
            " overwritten as lines are stored."
        )
    cursor.execute("SHOW archive_mode")
    if cursor.fetchone()[0] != "off":
        remaining.append(
            "The archive of the write-ahead log holds words of deleted lines until you delete its older files."
        )
    return remaining


def _log_files(cursor: Any, condition: str, name: str) -> list[str]:
    cursor.execute(
        f"SELECT name FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{{24}}$' AND {condition} ORDER BY name",  # noqa: S608
        [name],
    )
    return [name for (name,) in cursor.fetchall()]


def _describe_kept(cursor: Any, names: list[str]) -> str:
    cursor.execute("SELECT slot_name FROM pg_replication_slots WHERE restart_lsn IS NOT NULL ORDER BY 1")
    slots = ", ".join(slot for (slot,) in cursor.fetchall())
    cursor.execute("SHOW wal_keep_size")
    keep_size = cursor.fetchone()[0]
    reason = (
        f"the replication slots {slots} need them"
        if slots
        else f"wal_keep_size is {keep_size}, or they wait to be archived"
    )
    return (
        f"{len(names)} files of the write-ahead log ({names[0]} to {names[-1]}) hold words of deleted lines,"
        f" because {reason}. They go with a later scrub."
    )
