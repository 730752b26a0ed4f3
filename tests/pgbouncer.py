"""A real pgbouncer in front of the tests' database, with Debian's defaults but for what is said here."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg2
from django.db import connection

from tests.processes import Process, free_port, wait_for
from tests.programs import require, unprivileged

POOL_SIZE = 3
"""Connections to the server, fewer than clients: whatever is left in one is soon met by another client."""

CONFIGURATION = """
[databases]
{name} = {server} dbname={name}
sessions = {server} dbname={name} pool_mode=session
elsewhere = {server} dbname=postgres pool_mode=session
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {pool_size}
query_wait_timeout = 20
{more}
"""


class Pgbouncer(Process):
    """Its databases: that of the tests in transaction mode, and in session mode `sessions` and `elsewhere`, which is
    another database."""

    def __init__(self, log: Path) -> None:
        program = require("pgbouncer")
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="botbot-pgbouncer-"))
        self.configure()
        super().__init__(
            [*unprivileged(self.folder), program, str(self.folder / "pgbouncer.ini")], {}, log / "pgbouncer.log"
        )

    def configure(self, more: str = "") -> None:
        """Write the configuration, with further lines."""
        database = connection.settings_dict
        names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        server = " ".join(f"{name}='{database[key]}'" for name, key in names.items() if database[key])
        text = CONFIGURATION.format(
            name=database["NAME"], server=server, port=self.port, pool_size=POOL_SIZE, more=more
        )
        (self.folder / "pgbouncer.ini").write_text(text, encoding="utf-8")

    def reload(self, more: str = "") -> None:
        self.configure(more)
        os.kill(self.pid, signal.SIGHUP)

    def start(self) -> None:
        """Returns once it takes connections."""
        super().start()
        wait_for(self._answers, 10, "pgbouncer answers")

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        shutil.rmtree(self.folder)

    def url(self, name: str = "", parameters: str = "") -> str:
        return f"postgres://anybody@127.0.0.1:{self.port}/{name or connection.settings_dict['NAME']}{parameters}"

    def _answers(self) -> bool:
        assert self.running(), f"pgbouncer ended:\n{self.output()}"
        try:
            with closing(psycopg2.connect(self.url())):
                return True
        except psycopg2.OperationalError:
            return False
