"""Remove the words of deleted lines from PostgreSQL's write-ahead log, as far as the database user is permitted to.

The server deletes the files of its log behind a checkpoint, or renames them for later use with their old content. A
switch to the next file writes the rest of the present one with zeros; thus as many switches as there are renamed files
overwrite all of them. https://www.postgresql.org/docs/current/wal-configuration.html
"""

from __future__ import annotations

from typing import Any

from django.db import ProgrammingError, connection

MAX_SWITCHES = 160
"""Files overwritten at most, each of 16 MB by default: a little more than max_wal_size of the embedded server."""

NOT_PERMITTED = (
    "The write-ahead log may hold words of deleted lines until the server has overwritten its files, because the"
    " database user may not run what is needed ({error}). As a superuser: GRANT pg_checkpoint, pg_monitor TO {user};"
    " GRANT EXECUTE ON FUNCTION pg_switch_wal() TO {user};"
)


def overwrite_old_log() -> list[str]:
    """Overwrite what the log has of the past; return sentences about what is left, and until when."""
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
