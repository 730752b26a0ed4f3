"""Servers that want TLS, remembered on disk. https://ircv3.net/specs/extensions/sts"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from time import time

from logs.ingest.atomic_file import write_atomically

logger = logging.getLogger(__name__)

SHORTEST = 60.0
"""A policy holds for so many seconds at least, so that a restart of ours on a busy machine does not outlast it."""


class Policies:
    """Ports for TLS by host, each until its time has come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = self._read()

    def port(self, host: str) -> int | None:
        """Where this host wants to be reached by TLS; None when it has not said so, or too long ago."""
        port, until = self._known.get(host.lower(), (0, 0.0))
        return port if until > time() else None

    def keep(self, host: str, port: int, seconds: int) -> None:
        """Remembers, from now on; zero seconds: forgets."""
        if seconds:
            self._known[host.lower()] = (port, time() + max(seconds, SHORTEST))
        elif self._known.pop(host.lower(), None) is None:
            return
        try:
            write_atomically(self._path, json.dumps(self._known))
        except OSError as error:
            logger.warning("%s cannot be written, the policy is lost with the process: %s", self._path, error)

    def _read(self) -> dict[str, tuple[int, float]]:
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
            return {host: (int(port), float(until)) for host, (port, until) in known.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError):
            logger.warning("%s is damaged: which servers want TLS is forgotten", self._path)
            return {}
