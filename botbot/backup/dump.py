"""Making a backup: one consistent moment of the database in pg_dump's format, while everything goes on."""

from __future__ import annotations

import subprocess
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from botbot.backup import BackupError
from botbot.backup.manifest import Manifest, path_of_manifest
from botbot.backup.programs import find_programs, get_server_version, make_connection_arguments
from logs.ingest.atomic_file import sync_path
from logs.models.direct_connection import open_direct_connection

SUFFIX = ".dump"


def make_backup(target: Path) -> tuple[Path, Manifest]:
    """Write a backup to a file, or to a new file in a folder; return its path and its description.

    The file gets its name when it is complete. Only its owner can read it: it contains closed logs.
    """
    if target.is_dir():
        target /= f"botbot-{datetime.now(UTC):%Y-%m-%d-%H%M%S}{SUFFIX}"
    if target.exists():
        raise BackupError(f"{target} is there already: name another file, or a folder.")
    version = get_server_version()
    programs = find_programs(version)
    partial = target.with_name(f"{target.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        path_of_manifest(partial).touch(mode=0o600)
        manifest = _dump(partial, programs.folder, version)
        path_of_manifest(partial).rename(path_of_manifest(target))
        partial.rename(target)
        sync_path(target.parent)
    except OSError as error:
        raise BackupError(f"The backup cannot be written: {error}.") from None
    finally:
        with suppress(NotADirectoryError):
            partial.unlink(missing_ok=True)
            path_of_manifest(partial).unlink(missing_ok=True)
    return target, manifest


def delete_old_backups(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` backups that were made in a folder; return those that were deleted."""
    old = sorted(folder.glob(f"botbot-*{SUFFIX}"))[:-keep]
    for path in old:
        path.unlink()
        path_of_manifest(path).unlink(missing_ok=True)
    return old


def _dump(path: Path, programs: Path, version: int) -> Manifest:
    conninfo, environment = make_connection_arguments("backup")
    with closing(open_direct_connection("backup")) as reader, reader.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        # pg_dump reads in the snapshot of this transaction, so that the counts are those of the backup.
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone() or ("",)
        manifest = Manifest.read(cursor, version)
        command = [str(programs / "pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--no-password"]
        command += [f"--snapshot={snapshot}", f"--file={path}", f"--dbname={conninfo}"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"pg_dump failed: {' '.join(done.stderr.split())}")
    manifest.write(path)
    sync_path(path)
    sync_path(path_of_manifest(path))
    return manifest
