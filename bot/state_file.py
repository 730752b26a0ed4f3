"""A small state file whose writes never make the event loop wait for the disk.

A sync can take tens of milliseconds, and a lost connection changes the state of each of its channels: written one by
one in the event loop, hundreds of channels would stop every other network for seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import gevent

from logs.background import run_in_thread
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
