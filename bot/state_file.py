"""The bot's files beside the journal: small JSON files that are replaced as a whole, and TLS policies (STS)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from time import time

import gevent

from logs.greenlets import run_in_thread
from logs.ingest.atomic_file import write_atomically


class StateFile:
    """A JSON file that is written in a thread; changes made while a write runs share the next one.

    `content` returns what to write at the time of the write. `report` is called with the error of a failed write.
    """

    def __init__(self, path: Path, content: Callable[[], object], report: Callable[[OSError], None]) -> None:
        self._path = path
        self._content = content
        self._report = report
        self._is_changed = False
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def write_soon(self) -> None:
        """Write the file as soon as this greenlet waits for something."""
        self._is_changed = True
        # One greenlet at a time: two writes of one file would share its temporary name.
        if self._greenlet is None or self._greenlet.ready():
            self._greenlet = gevent.spawn(self._write_changes)

    def flush(self) -> None:
        """Return when all changes are written."""
        if self._greenlet is not None:
            self._greenlet.join()

    def _write_changes(self) -> None:
        while self._is_changed:
            # Before the content is read: a change during the write has to be written, too.
            self._is_changed = False
            content = json.dumps(self._content())
            try:
                run_in_thread(write_atomically, self._path, content)
            except OSError as error:
                self._report(error)


logger = logging.getLogger(__name__)

MIN_POLICY_SECONDS = 60.0
"""Minimum lifetime of a policy, so that it outlasts a restart of the bot on a busy machine."""


class StsStore:
    """The port for TLS of each host, with the time when the policy expires."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._policies = self._read()

    def find_port(self, host: str) -> int | None:
        """Return the port at which a host requires TLS; None without a policy or when it has expired."""
        port, expires_at = self._policies.get(host.lower(), (0, 0.0))
        return port if expires_at > time() else None

    def save(self, host: str, port: int, seconds: int) -> None:
        """Save a policy that begins now; zero seconds delete it."""
        # Host names are compared without regard to case, as in DNS.
        if seconds:
            self._policies[host.lower()] = (port, time() + max(seconds, MIN_POLICY_SECONDS))
        elif self._policies.pop(host.lower(), None) is None:
            return
        try:
            write_atomically(self._path, json.dumps(self._policies))
        except OSError as error:
            logger.warning("%s cannot be written, the policy is lost when the bot ends: %s", self._path, error)

    def _read(self) -> dict[str, tuple[int, float]]:
        try:
            policies = json.loads(self._path.read_text(encoding="utf-8"))
            return {host: (int(port), float(expires_at)) for host, (port, expires_at) in policies.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError):
            logger.warning("%s is damaged: it is no longer known which servers require TLS", self._path)
            return {}
