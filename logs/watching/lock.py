"""Lets one process at a time follow a path: two would both read every line."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 (a class, in spite of its name)

from logs.models import WatchedPath
from logs.models.direct_connection import open_direct_connection

LOCK_CLASS = 0x77617463
"""The first argument of pg_try_advisory_lock; the second one is the path's number."""


class WatchedElsewhereError(Exception):
    """Another process follows one of the paths."""


class WatchLock:
    """The advisory locks of some paths, and of those above and below them. They last as long as their connection."""

    def __init__(self, paths: Iterable[WatchedPath]) -> None:
        self._paths = list(paths)
        self._connection: Connection | None = None

    def hold(self) -> None:
        """Get the locks, or see that they are still held; WatchedElsewhereError, or psycopg2.Error."""
        if self._connection is not None:
            try:
                with self._connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
            except psycopg2.Error:
                self.release()
        if self._connection is None:
            self._acquire()

    def _acquire(self) -> None:
        paths = self._overlapping()
        self._connection = open_direct_connection("watchlogs")
        try:
            for path in paths:
                self._lock(self._connection, path)
        except BaseException:
            self.release()
            raise

    @staticmethod
    def _lock(opened: Connection, path: WatchedPath) -> None:
        with opened.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, path.pk])
            row = cursor.fetchone()
        if row is None or not row[0]:
            raise WatchedElsewhereError(f"Another watchlogs follows {path.path} already.")

    def _overlapping(self) -> list[WatchedPath]:
        """The paths, and all known ones that contain one of them or lie in one, in the order of their numbers."""
        known = WatchedPath.objects.filter(name__in={path.name for path in self._paths}).order_by("pk")
        own = [Path(path.path) for path in self._paths]
        return [row for row in known if any(_overlap(Path(row.path), path) for path in own)]

    def release(self) -> None:
        if self._connection is not None:
            with suppress(psycopg2.Error):
                self._connection.close()
        self._connection = None


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)
