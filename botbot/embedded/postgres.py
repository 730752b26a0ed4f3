"""A PostgreSQL server of our own: made, started, shared by processes, and stopped by the last of them."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import logging
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from botbot.embedded.place import EmbeddedError, Place

logger = logging.getLogger(__name__)

START_SECONDS = 120
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "100",
    "shared_buffers": "'256MB'",
    "max_wal_size": "'2GB'",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "logging_collector": "on",
    "log_directory": "'log'",
    "log_filename": "'postgres-%a.log'",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "'1d'",
    "log_rotation_size": "0",
}


class Postgres:
    """The server of one place. `durable=False` is for throwaway data: a loss of power may then lose it."""

    def __init__(self, place: Place, *, durable: bool = True) -> None:
        self.place = place
        self.durable = durable
        self._users: int | None = None

    @property
    def data(self) -> Path:
        return self.place.folder / "data"

    @property
    def url(self) -> str:
        password = (self.place.folder / "password").read_text(encoding="ascii").strip()
        return f"postgres://botbot:{password}@{quote(str(self.place.socket), safe='')}:{self.place.port}/botbot"

    def hold(self) -> None:
        """Makes sure that the server is up, and keeps it up for as long as this process lives or until `release`."""
        with self._alone():
            self._users = os.open(self.place.folder / "users", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._users, fcntl.LOCK_SH)
            if not self._answers():
                self._make()
                self._start()
        owner = os.getpid()
        atexit.register(lambda: self.release() if os.getpid() == owner else None)

    def release(self) -> None:
        """Stops the server if nobody else holds it."""
        if self._users is None:
            return
        with self._alone():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # others hold it
            else:
                self.stop()
            os.close(self._users)
            self._users = None

    def stop(self, mode: str = "fast") -> None:
        if self.pid() is not None:
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", mode, "-w", "-t", "20")

    def pid(self) -> int | None:
        """The server's process, if it runs."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="ascii").split("\n")[0])
            process = psutil.Process(pid)
            ours = process.name().startswith("postgres") and str(self.data) in process.cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return pid if ours and process.status() != psutil.STATUS_ZOMBIE else None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time makes, starts or stops the server."""
        with (self.place.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _answers(self) -> bool:
        if self.pid() is None:
            return False
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                psycopg2.connect(self.url, connect_timeout=5).close()
            except psycopg2.OperationalError as error:
                if self.pid() is None:
                    return False
                if "starting up" not in str(error) and "recovery" not in str(error):
                    raise EmbeddedError(f"The embedded PostgreSQL refuses us: {str(error).strip()}") from None
                time.sleep(0.2)
            else:
                return True
        raise EmbeddedError(f"The embedded PostgreSQL does not come up; see {self.data / 'log'}.")

    def _make(self) -> None:
        """A database cluster, once; one that was only half made is made anew."""
        if self.data.exists():
            return
        password = self.place.folder / "password"
        self._write(password, secrets.token_urlsafe(24))
        fresh = self.place.folder / "data.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        self._run(
            "initdb",
            f"--pgdata={fresh}",
            "--username=botbot",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        )
        with (fresh / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude 'botbot.conf'\n")
        fresh.rename(self.data)

    def _start(self) -> None:
        self._forget_dead_server()
        settings = SETTINGS | {"unix_socket_directories": f"'{str(self.place.socket).replace(chr(39), chr(39) * 2)}'"}
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        self._write(self.data / "botbot.conf", "".join(f"{name} = {value}\n" for name, value in settings.items()))
        with contextlib.suppress(FileExistsError):
            (self.data / "log").mkdir(mode=0o700)
            if self.place.run_as:
                os.chown(self.data / "log", *self.place.run_as)
        log = self.data / "log" / "start.log"
        deadline = time.monotonic() + 15
        while True:
            try:
                self._run("pg_ctl", "start", "-D", str(self.data), "-l", str(log), "-w", "-t", str(START_SECONDS))
                break
            except EmbeddedError:
                # The last children of a killed server may still be leaving.
                if time.monotonic() > deadline or "shared memory" not in _tail(log):
                    raise EmbeddedError(f"The embedded PostgreSQL does not start: {_tail(log)}") from None
                time.sleep(0.5)
        self._ensure_database()

    def _forget_dead_server(self) -> None:
        """Removes what a killed server left, also when its process number now belongs to another program."""
        if self.pid() is None:
            for left in (
                self.data / "postmaster.pid",
                self.place.socket / f".s.PGSQL.{self.place.port}.lock",
                self.place.socket / f".s.PGSQL.{self.place.port}",
            ):
                left.unlink(missing_ok=True)

    def _ensure_database(self) -> None:
        connection = psycopg2.connect(self.url.removesuffix("/botbot") + "/postgres")
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'botbot'")
            if cursor.fetchone() is None:
                cursor.execute("CREATE DATABASE botbot")

    def _write(self, path: Path, text: str) -> None:
        fresh = path.with_name(path.name + ".new")
        fresh.touch(mode=0o600)
        fresh.write_text(text, encoding="utf-8")
        if self.place.run_as:
            os.chown(fresh, *self.place.run_as)
        fresh.rename(path)

    def _run(self, program: str, *arguments: str) -> None:
        user, group = self.place.run_as or (None, None)
        try:
            done = subprocess.run(
                [str(self.place.bin / program), *arguments],
                cwd=self.place.folder,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
                user=user,
                group=group,
                extra_groups=[] if self.place.run_as else None,
                check=False,
            )
        except OSError as error:
            raise EmbeddedError(f"{program} of the embedded PostgreSQL cannot run: {error}.") from None
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().replace("\n", " ")
            raise EmbeddedError(f"{program} of the embedded PostgreSQL failed: {said}")


def _tail(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().split("\n")
    except OSError:
        return "it left no log"
    telling = [line for line in lines[-20:] if "FATAL" in line or "HINT" in line or "DETAIL" in line]
    return " ".join(telling or lines[-1:])
