"""The embedded PostgreSQL server: created, started, shared by several processes, and stopped by the last of them.

Each process holds a shared lock on a file as long as it needs the server; who can get the lock alone is the last one.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator

import psutil
import psycopg2

from botbot.embedded.cluster import DATA, Cluster
from botbot.embedded.location import EmbeddedError, ServerLocation

START_TIMEOUT_SECONDS = 120
TRANSIENT_ERRORS = (
    "starting up",
    "shutting down",
    "recovery",
    "not yet accepting",
    "No such file",
    "refused",
    "closed the",
)
TOO_MANY_CLIENTS = ("too many clients", "connection slots")


class Postgres:
    """The server of one location. `durable=False` is for throwaway data, which a loss of power may destroy."""

    def __init__(self, location: ServerLocation, *, durable: bool = True) -> None:
        self.location = location
        self._cluster = Cluster(location, durable=durable)
        self._users: int | None = None

    @property
    def url(self) -> str:
        return self._cluster.url("botbot")

    def hold(self) -> None:
        """Start the server if it does not run, and keep it running until this process ends or calls `release`."""
        try:
            with self._exclusively():
                if self._users is None:
                    self._users = self._open("users")
                    self._release_at_exit()
                fcntl.flock(self._users, fcntl.LOCK_SH)
                if not self._is_ready():
                    with _signals_blocked():
                        self._cluster.make()
                        self._start()
                    if not self._is_ready():
                        raise EmbeddedError(f"The embedded PostgreSQL ended at once: {self._cluster.reason()}")
        except OSError as error:
            raise EmbeddedError(f"The embedded PostgreSQL cannot be used: {error}.") from None

    def _release_at_exit(self) -> None:
        owner = os.getpid()
        atexit.register(lambda: self.release() if os.getpid() == owner else None)

    def release(self) -> None:
        """Stop the server unless other processes hold it."""
        if self._users is None:
            return
        with contextlib.suppress(FileNotFoundError), self._exclusively():  # the folder is gone: nothing to stop
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
            self._cluster.run("pg_ctl", "stop", "-D", DATA, "-m", mode, "-w", "-t", "20")

    def pid(self) -> int | None:
        """The server's process id, or None. The pid file may be stale and the number another program's by now."""
        try:
            pid = int((self._cluster.data / "postmaster.pid").read_bytes().split(b"\n")[0])
            process = psutil.Process(pid)
            is_this_cluster = f"cluster_name={self.location.name}" in process.cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return pid if is_this_cluster and process.status() != psutil.STATUS_ZOMBIE else None

    @contextlib.contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Let one process at a time create, start or stop the server."""
        lock = self._open("lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _open(self, name: str) -> int:
        return os.open(self.location.folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)

    def _is_ready(self) -> bool:
        """Whether the server runs and has our database; waits for one that is starting or stopping."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while self.pid() is not None:
            try:
                self._ensure_database()
            except psycopg2.OperationalError as error:
                message = " ".join(str(error).split())
                if any(word in message for word in TOO_MANY_CLIENTS):
                    return True
                if not any(word in message for word in TRANSIENT_ERRORS) or time.monotonic() > deadline:
                    raise EmbeddedError(f"The embedded PostgreSQL refuses us: {message}") from None
                time.sleep(0.1)
            else:
                return True
        return False

    def _start(self) -> None:
        """Start the server; after a kill, wait until the children of the killed one have released its shared memory."""
        self._cluster.prepare()
        name = f"-c cluster_name={self.location.name}"
        start = ("start", "-D", DATA, "-l", f"{DATA}/log/start.log", "-o", name, "-w", "-t", str(START_TIMEOUT_SECONDS))
        deadline = time.monotonic() + 15
        while True:
            try:
                self._cluster.run("pg_ctl", *start)
            except EmbeddedError:
                reason = self._cluster.reason()
                if time.monotonic() > deadline or "shared memory" not in reason:
                    raise EmbeddedError(f"The embedded PostgreSQL does not start: {reason}") from None
                self._terminate_orphans()
                time.sleep(0.2)
            else:
                return

    def _terminate_orphans(self) -> None:
        """Terminate the children of a killed server, which would otherwise finish their statements first."""
        for process in psutil.process_iter(["cmdline"]):
            if any(part.startswith(f"postgres: {self.location.name}:") for part in process.info["cmdline"] or ()):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.terminate()

    def _ensure_database(self) -> None:
        connection = psycopg2.connect(self._cluster.url("postgres"), connect_timeout=5)
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'botbot'")
            if cursor.fetchone() is None:
                cursor.execute("CREATE DATABASE botbot")


@contextlib.contextmanager
def _signals_blocked() -> Iterator[None]:
    """Delay signals for these few seconds: an interrupted start would leave a server that nobody stops."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
