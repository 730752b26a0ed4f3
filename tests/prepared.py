"""What every test process needs at its start, made once for all of them: static files and a migrated database.

`make test` does so (tests/parallel.py); a single run of pytest makes its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2

from botbot.embedded import location
from botbot.embedded.location import ServerLocation
from botbot.embedded.postgres_server import Postgres

ROOT = Path(__file__).resolve().parent.parent
MIGRATED = "migrated"
"""The database with the product's tables and no rows, which others are copied from."""
_STATIC, _CLUSTER = "COLLECTED_STATIC_DIR", "PREPARED_CLUSTER"


def make(folder: Path) -> dict[str, str]:
    """Return the variables by which the test processes find what is made in the folder."""
    env = os.environ | {"VAR_DIR": str(folder), "SECRET_KEY": "tests-only"}
    offline = env | {"DATABASE_URL": "postgres://nobody@localhost/none"}
    found = {}
    with subprocess.Popen(_manage("collectstatic", "--no-input"), cwd=ROOT, env=offline) as collecting:
        if not os.environ.get("DATABASE_URL"):
            server = Postgres(location.find(folder), durable=False)
            server.hold()
            # A cache of gigabytes takes longer to prepare at each start, and to look through at each TRUNCATE.
            execute(server.url, "ALTER SYSTEM SET shared_buffers = '128MB'", f"CREATE DATABASE {MIGRATED}")
            migrated = env | {"DATABASE_URL": server.url.rpartition("/")[0] + f"/{MIGRATED}"}
            subprocess.run(_manage("migrate"), cwd=ROOT, env=migrated, check=True)
            server.release()
            found[_CLUSTER] = str(server.location.folder)
    if collecting.returncode:
        raise subprocess.CalledProcessError(collecting.returncode, "collectstatic")
    return found | {_STATIC: str(folder / "static")}


def place_cluster(target: ServerLocation) -> bool:
    """Copy the cluster with the migrated database, if one is prepared, to where a server has none yet."""
    if not (prepared := os.environ.get(_CLUSTER)):
        return False
    subprocess.run(["cp", "-a", f"{prepared}/data", f"{prepared}/password", str(target.folder)], check=True)
    return True


def database_template() -> str | None:
    """The database that the one of the tests is copied from, so that there is nothing left to migrate."""
    return MIGRATED if _CLUSTER in os.environ else None


def execute(url: str, *statements: str) -> None:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for statement in statements:
            cursor.execute(statement)


def _manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments, "-v0"]
