"""A PostgreSQL server of our own: made, started, shared by processes, and stopped by the last of them."""

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
    """The server of one place. `durable=False` is for throwaway data: a loss of power may then lose it."""

    def __init__(self, place: ServerLocation, *, durable: bool = True) -> None:
        self.place = place
        self._cluster = Cluster(place, durable=durable)
        self._users: int | None = None

    @property
    def url(self) -> str:
        return self._cluster.url("botbot")

    def hold(self) -> None:
        """Makes sure that the server is up, and keeps it up for as long as this process lives or until `release`."""
        try:
            with self._alone():
                if self._users is None:
                    self._users = self._open("users")
                    self._release_at_exit()
                fcntl.flock(self._users, fcntl.LOCK_SH)
                if not self._answers():
                    with _signals_blocked():
                        self._cluster.make()
                        self._start()
                    if not self._answers():
                        raise EmbeddedError(f"The embedded PostgreSQL ended at once: {self._cluster.reason()}")
        except OSError as error:
            raise EmbeddedError(f"The embedded PostgreSQL cannot be used: {error}.") from None

    def _release_at_exit(self) -> None:
        owner = os.getpid()
        atexit.register(lambda: self.release() if os.getpid() == owner else None)

    def release(self) -> None:
        """Stops the server if nobody else holds it."""
        if self._users is None:
            return
        with contextlib.suppress(FileNotFoundError), self._alone():  # where all was removed, nothing is left to stop
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
        """The server's process, if it runs."""
        try:
            pid = int((self._cluster.data / "postmaster.pid").read_bytes().split(b"\n")[0])
            process = psutil.Process(pid)
            ours = f"cluster_name={self.place.name}" in process.cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return pid if ours and process.status() != psutil.STATUS_ZOMBIE else None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time makes, starts or stops the server."""
        lock = self._open("lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _open(self, name: str) -> int:
        return os.open(self.place.folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)

    def _answers(self) -> bool:
        """Whether the server is up, with our database; waits for one that is about to start or to end."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while self.pid() is not None:
            try:
                self._ensure_database()
            except psycopg2.OperationalError as error:
                said = " ".join(str(error).split())
                if any(word in said for word in TOO_MANY_CLIENTS):
                    return True
                if not any(word in said for word in TRANSIENT_ERRORS) or time.monotonic() > deadline:
                    raise EmbeddedError(f"The embedded PostgreSQL refuses us: {said}") from None
                time.sleep(0.1)
            else:
                return True
        return False

    def _start(self) -> None:
        """Starts the server; one whose predecessor was killed may have to wait until all of that one has ended."""
        self._cluster.prepare()
        name = f"-c cluster_name={self.place.name}"
        start = ("start", "-D", DATA, "-l", f"{DATA}/log/start.log", "-o", name, "-w", "-t", str(START_TIMEOUT_SECONDS))
        deadline = time.monotonic() + 15
        while True:
            try:
                self._cluster.run("pg_ctl", *start)
            except EmbeddedError:
                reason = self._cluster.reason()
                if time.monotonic() > deadline or "shared memory" not in reason:
                    raise EmbeddedError(f"The embedded PostgreSQL does not start: {reason}") from None
                self._end_orphans()
                time.sleep(0.2)
            else:
                return

    def _end_orphans(self) -> None:
        """A killed server's busy children would work on for as long as their statements take."""
        for process in psutil.process_iter(["cmdline"]):
            if any(part.startswith(f"postgres: {self.place.name}:") for part in process.info["cmdline"] or ()):
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
    """A start that is broken off would leave a server that nobody stops: signals wait for these few seconds."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
