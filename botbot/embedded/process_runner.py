"""honcho's process runner, fit for terminals that are closed and signals that arrive while it starts; ports for it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer

STOPPED_BY_PERSON = {130, 143}
"""Exit codes after SIGINT and SIGTERM."""


def run(procfile: Path, environment: dict[str, str]) -> int:
    """Run a Procfile's processes until one of them ends or a signal arrives; return 0 after SIGINT or SIGTERM."""
    manager = _Manager(_Printer(sys.stdout))
    for name, command in parse_procfile(procfile.read_text(encoding="utf-8")).processes.items():
        manager.add_process(name, command, env=environment, cwd=str(procfile.parent))
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` sets it
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    manager.loop()
    return 0 if manager.returncode in STOPPED_BY_PERSON else int(manager.returncode or 1)


class _Manager(Manager):  # type: ignore[misc]
    """honcho's manager, which fails when it has to end processes before it knows the pid of each."""

    def terminate(self) -> None:
        if self._all_started():
            super().terminate()
            return
        later = threading.Timer(0.05, self.terminate)
        later.daemon = True
        later.start()


class _Printer(Printer):  # type: ignore[misc]
    def write(self, message: Message) -> None:
        with stop_when_output_closes():
            super().write(message)


@contextlib.contextmanager
def stop_when_output_closes() -> Iterator[None]:
    """Shut down in order when output can no longer be written: a closed terminal, or a pipe without a reader.

    Output goes to /dev/null from then on, so that the shutdown's own messages do not fail again.
    """
    try:
        yield
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.dup2(nowhere, sys.stderr.fileno())
        os.close(nowhere)
        os.kill(os.getpid(), signal.SIGTERM)


def reserve_port(host: str, port: int) -> bool:
    """Reserve a free port for this process until it ends; False if it is in use or another `make run` reserved it.

    Seconds pass between choosing a port and listening on it. A port that looks free to two launchers at once would
    end one of them in the meantime, so each holds a lock on a file named for the port. The lock ends with the process.
    """
    path = Path(tempfile.gettempdir(), f"botbot-port-{port}.lock")
    # Locks are a courtesy among our own launchers: where the file cannot be used, only the socket decides.
    with contextlib.suppress(OSError):
        lock = _open_lock(path)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
    return is_free(host, port)


def _open_lock(path: Path) -> int:
    """Open the file of a lock, also one that another user has made; made here, it can be opened by others."""
    try:
        # Not with O_CREAT: in /tmp, Linux then refuses files of other users.
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        lock = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        with contextlib.suppress(PermissionError):  # another user was faster
            os.fchmod(lock, 0o644)  # whatever the umask
        return lock


def reserve_first_port(host: str, candidates: Iterable[int]) -> int | None:
    """Reserve and return the first candidate that is free; None if none is."""
    return next((port for port in candidates if reserve_port(host, port)), None)


def is_free(host: str, port: int) -> bool:
    """Whether this process could listen there; errors other than "in use" are left for the real listener to report."""
    try:
        socket.create_server((host.strip("[]"), port), family=_family(host)).close()
    except OSError as error:
        return error.errno != errno.EADDRINUSE
    return True


def is_listening(host: str, port: int) -> bool:
    """Whether a connection is accepted within five seconds."""
    try:
        socket.create_connection((host.strip("[]"), port), timeout=5).close()
    except OSError:
        return False
    return True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
