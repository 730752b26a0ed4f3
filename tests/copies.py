"""A second PostgreSQL server with the data of the tests' own: a copy, or a standby that follows it."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import psycopg2
from django.db import connection

from botbot.embedded import location
from botbot.embedded.postgres_server import Postgres


class Copy(Postgres):
    """A server with the data of another one, `-R` for its standby."""

    def __init__(self, folder: Path, source: Postgres, *options: str) -> None:
        super().__init__(location.find(folder), durable=False)
        backup = ("pg_basebackup", "-D", "data", "-d", source._cluster.url("postgres"), "-c", "fast", "--no-sync")
        self._cluster.run(*backup, *options)
        shutil.copy2(source.location.folder / "password", self.location.folder / "password")
        self.hold()

    def promote(self) -> None:
        self._cluster.run("pg_ctl", "promote", "-D", "data", "-w")

    @property
    def test_url(self) -> str:
        """The address of the tests' database there."""
        return self._cluster.url(connection.settings_dict["NAME"])

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of the last statement, if it has any."""
        with closing(psycopg2.connect(self.test_url)) as opened:
            opened.autocommit = True
            cursor = opened.cursor()
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
