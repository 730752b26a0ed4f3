"""Making a backup: one consistent moment of the database in pg_dump's format, while everything goes on.

A file beside it, the manifest, says what it contains; a restore compares the database with it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

from django.db import connection
from psycopg2.extensions import make_dsn

from botbot.backup import BackupError
from botbot.embedded.location import EmbeddedError, find_binaries
from logs.ingest.atomic_file import sync_path
from logs.models.postgres import get_direct_parameters, open_direct_connection

NAMES = ("pg_dump", "pg_restore", "psql")
DEBIAN = Path("/usr/lib/postgresql")


class Programs(NamedTuple):
    """A folder with all three programs, of one major version."""

    version: int
    folder: Path


def find_programs(server_version: int) -> Programs:
    """Return the programs of the server's major version, or of the next newer one. BackupError if there are none."""
    found = {version: folder for folder in _list_folders() if (version := _read_version(folder))}
    fitting = [version for version in found if version >= server_version]
    if not fitting:
        had = f"; found only those of {', '.join(map(str, sorted(found)))}" if found else ""
        raise BackupError(
            f"The server is PostgreSQL {server_version}: install its programs pg_dump, pg_restore and psql"
            f" (Debian: postgresql-client-{server_version}){had}."
        )
    return Programs(min(fitting), found[min(fitting)])


def get_server_version() -> int:
    """The server's major version."""
    pooled: Any = connection
    try:
        return int(pooled.pg_version) // 10000
    finally:
        pooled.close()
        pooled.closeall()  # a restore does without other connections, this one included


def make_connection_arguments(purpose: str) -> tuple[str, dict[str, str]]:
    """Return what the programs need to reach the default database: a conninfo string, and the environment.

    The password is in the environment: everybody may see the arguments of a process. Our statement timeout is left out.
    """
    others = {"options", "cursor_factory"}
    parameters = {name: value for name, value in get_direct_parameters().items() if name not in others}
    password = parameters.pop("password", None)
    parameters["application_name"] = f"botbot {purpose}"
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    return make_dsn(**parameters), environment


def _list_folders() -> list[Path]:
    """Folders that may have the programs; of two with the same version the later one counts."""
    folders = []
    with suppress(EmbeddedError):  # the package is optional where DATABASE_URL is set
        folders.append(find_binaries())
    if on_path := shutil.which("pg_dump"):
        folders.append(Path(on_path).parent)
    return [*folders, *DEBIAN.glob("*/bin")]


def _read_version(folder: Path) -> int:
    """The major version of the programs in a folder; 0 if one is missing or does not run."""
    if not all((folder / name).exists() for name in NAMES):
        return 0
    done = subprocess.run([str(folder / "pg_dump"), "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(found[1]) if found else 0


OBJECTS = """
    SELECT 'table ' || relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    UNION ALL SELECT 'index ' || relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relnamespace = current_schema()::regnamespace AND indisvalid
    UNION ALL SELECT 'key ' || conname || ' of ' || relname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE connamespace = current_schema()::regnamespace AND convalidated AND contype IN ('p', 'u', 'f', 'c')
    UNION ALL SELECT 'function ' || proname || '(' || pg_get_function_identity_arguments(oid) || ')' FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace
    UNION ALL SELECT 'trigger ' || tgname || ' of ' || relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal AND tgenabled = 'O'"""
"""The name of each part of the schema that is there and valid."""


@dataclass(frozen=True)
class Manifest:
    """`made_at` is the moment that the backup shows; `rows` counts the rows of each table."""

    made_at: datetime
    server_version: int
    objects: list[str]
    rows: dict[str, int]

    @classmethod
    def read(cls, cursor: Any, server_version: int) -> Self:
        """Describe the database as a transaction sees it."""
        cursor.execute("SELECT now()")
        (made_at,) = cursor.fetchone()
        cursor.execute(OBJECTS)
        objects = sorted(name for (name,) in cursor.fetchall())
        rows = {}
        for table in [name.removeprefix("table ") for name in objects if name.startswith("table ")]:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608  (a name from the catalogue)
            (rows[table],) = cursor.fetchone()
        return cls(made_at, server_version, objects, rows)

    def write(self, backup: Path) -> None:
        content = asdict(self) | {"made_at": self.made_at.isoformat()}
        path_of_manifest(backup).write_text(json.dumps(content, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, backup: Path) -> Self | None:
        """The manifest of a backup; None if it has none."""
        path = path_of_manifest(backup)
        if not path.exists():
            return None
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(**content | {"made_at": datetime.fromisoformat(content["made_at"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BackupError(f"{path} cannot be read: {error}.") from None


def path_of_manifest(backup: Path) -> Path:
    return backup.with_name(f"{backup.name}.json")


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
