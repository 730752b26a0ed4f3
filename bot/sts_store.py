"""Servers that require TLS, remembered on disk. https://ircv3.net/specs/extensions/sts"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from time import time

from logs.ingest.atomic_file import write_atomically

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
