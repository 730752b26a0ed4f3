"""PostgreSQL's own programs: pg_dump, pg_restore and psql of a version that fits the server.

They come with Debian's postgresql-client-*, and with the embedded server. pg_dump refuses a server that is newer than
itself.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection
from psycopg2.extensions import make_dsn

from botbot.backup import BackupError
from botbot.embedded.location import EmbeddedError, find_binaries
from logs.models.direct_connection import get_direct_parameters

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
