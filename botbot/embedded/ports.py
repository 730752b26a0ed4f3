"""Ports on this machine: whether one is free, whether somebody listens there, and reserving one before it is used."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import tempfile
from collections.abc import Iterable
from pathlib import Path


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
