"""Follows log files that other programs write: `manage.py watchlogs`.

The files are the journal: nothing is kept beside them but how far each was read, in the transaction of its lines. So a
kill, a restart or a database that is away lose and repeat nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from time import monotonic

import psycopg2
from django.db import InterfaceError, OperationalError, connection
from gevent.event import Event
from psycopg2.extensions import connection as Connection  # noqa: N812 (a class, in spite of its name)

from logs.models import WatchedFile, WatchedPath
from logs.models.postgres import open_direct_connection
from logs.models.watched import WatchState
from logs.watching import store
from logs.watching.changes import RESCAN_SECONDS, Changes
from logs.watching.files import OpenFiles, folders_below
from logs.watching.first_start import fetch_paths, import_old_lines, start_path
from logs.watching.follower import Follower
from logs.watching.planning import WatchOptions
from logs.watching.table import FileTable

logger = logging.getLogger(__name__)

LOCK_CLASS = 0x77617463
"""The first argument of pg_try_advisory_lock; the second one is the path's number."""


class WatchedElsewhereError(Exception):
    """Another process follows one of the paths."""


class WatchLock:
    """Lets one process at a time follow a path, since two would both read every line.

    These are the advisory locks of some paths, and of those above and below them. They last as long as their
    connection.
    """

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


HEARTBEAT_SECONDS = 10.0
REFUSED_CHECK_SECONDS = 1.0
"""How often it is looked whether the bot has left a channel whose files are refused for it."""

FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 0.5, 5.0


class LogWatcher:
    """Follows the files below some paths until it is stopped. `problem` says why lines wait, or is ""."""

    def __init__(self, paths: Sequence[Path], options: WatchOptions, poll_seconds: float | None = None) -> None:
        self.problem = ""
        self._configured_paths = paths
        self._options = options
        self._paths: list[WatchedPath] = []
        self._lock: WatchLock | None = None
        self._changes = Changes(paths, poll_seconds)
        self._open = OpenFiles()
        self._table = FileTable(options, self._open)
        self._follower = Follower(options, self._open, self._table, self._may_continue)
        self._must_scan = True
        self._stopping = Event()
        self._heartbeat_at = self._refused_at = self._scanned_at = -RESCAN_SECONDS

    def stop(self) -> None:
        """End after what is being stored."""
        self._stopping.set()
        self._changes.wake()

    def run(self, report: Callable[[str], object] = logger.info) -> None:
        """Follow until stopped; `report` gets sentences about the first start.

        WatchedElsewhereError if another process follows one of the paths, StartError if a question is open.
        """
        retry_seconds = FIRST_RETRY_SECONDS
        grown: set[str] = set()
        try:
            while not self._stopping.is_set():
                try:
                    self._prepare(report)
                    self._work(grown)
                except (psycopg2.Error, OperationalError, InterfaceError, OSError) as error:
                    self._begin_problem(" ".join(str(error).split()))
                    # The outcome of a commit may be unknown: everything is read again.
                    self._table.rows.clear()
                    self._must_scan = True
                else:
                    self._end_problem()
                    retry_seconds, grown = FIRST_RETRY_SECONDS, set()
                finally:
                    connection.close()
                if self.problem:
                    self._stopping.wait(retry_seconds)
                    retry_seconds = min(2 * retry_seconds, LAST_RETRY_SECONDS)
                else:
                    more, has_moved = self._changes.wait(
                        REFUSED_CHECK_SECONDS if self._refused() else HEARTBEAT_SECONDS
                    )
                    grown |= more
                    self._must_scan |= has_moved and not self._changes.polls
        finally:
            self.close()

    def follow_now(self, report: Callable[[str], object] = logger.info) -> None:
        """Store everything that the files have by now."""
        self._prepare(report)
        self._must_scan = True
        self._work(set())

    def close(self) -> None:
        """Release the locks and files."""
        if self._lock is not None:
            self._lock.release()
        self._changes.stop()
        self._open.close_all()

    def _prepare(self, report: Callable[[str], object]) -> None:
        """Get the locks, and begin what was never followed."""
        if self._lock is None:
            self._paths = fetch_paths(self._configured_paths, self._options)
            self._lock = WatchLock(self._paths)
        self._lock.hold()
        for path in self._paths:
            if path.closed_before is None:
                start_path(path, self._options, report)
            if path.imports_old:
                import_old_lines(path, self._options, report)

    def _work(self, grown: set[str]) -> None:
        self._note_alive()
        if self._changes.polls:
            for path in self._paths:
                more, has_moved = self._table.find_changes(path)
                grown |= more
                self._must_scan |= has_moved
        if self._must_scan or monotonic() - self._scanned_at >= RESCAN_SECONDS:
            grown |= self._scan()
        if monotonic() - self._refused_at >= REFUSED_CHECK_SECONDS:
            self._refused_at = monotonic()
            self._follower.resume_refused(self._refused())
        self._follow(grown)
        if self._table.has_suspects():
            self._follow(self._scan())

    def _scan(self) -> set[str]:
        """Find out which files there are; return those that have another size than what was read of them."""
        self._scanned_at = monotonic()
        self._must_scan = False
        self._changes.follow(folder for path in self._paths for folder in folders_below(Path(path.path)))
        for path in self._paths:
            self._table.scan(path, self._follower.follow)
        unread = {
            row.path
            for number, row in self._table.rows.items()
            if (found := self._table.found.get(number)) and found.size != row.offset
        }
        for path in self._paths:
            self._table.forget_closed(path)
        return unread

    def _follow(self, grown: set[str]) -> None:
        # Of two days the earlier one first, so that ids follow time.
        rows = sorted(self._table.rows.values(), key=lambda row: (row.day or date.min, row.pk))
        for row in rows:
            if row.path in grown and not self._stopping.is_set() and not self._follower.follow(row):
                # Another file has taken its place.
                self._must_scan = True
                self._changes.wake()

    def _refused(self) -> list[WatchedFile]:
        return [row for row in self._table.rows.values() if row.state == WatchState.REFUSED and row.channel_id]

    def _may_continue(self) -> bool:
        self._note_alive()
        return not self._stopping.is_set()

    def _note_alive(self) -> None:
        if monotonic() - self._heartbeat_at >= HEARTBEAT_SECONDS:
            store.touch_paths([path.pk for path in self._paths], polls=self._changes.polls)
            self._heartbeat_at = monotonic()

    def _begin_problem(self, problem: str) -> None:
        if problem != self.problem:
            logger.warning("lines wait in their files: %s", problem)
        self.problem = problem

    def _end_problem(self) -> None:
        if self.problem:
            logger.info("lines are stored again")
        self.problem = ""
