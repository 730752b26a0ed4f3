"""Reloads without a gap: the old processes go on until as many new ones have loaded the application.

gunicorn tells the old ones to end as soon as it has forked the new ones, which takes seconds of no answers. All its
processes therefore share how far a reload is; gunicorn's hooks and worker call what is here.
"""

from __future__ import annotations

import mmap
import struct
from time import monotonic

import gevent

from logs.sharing.memory import ProcessLock

MAX_WAIT_SECONDS = 60.0
"""After which an old process ends even if the new ones are not ready."""

LOOK_SECONDS = 0.05

_STATE = struct.Struct("IIII")


class Reloads:
    """The number of reloads, and of the latest: processes that are ready, awaited, and that ended before they were.

    `own` is the reload that this process belongs to, 0 for those that were started first.
    """

    def __init__(self) -> None:
        self._lock = ProcessLock()
        self._memory = mmap.mmap(-1, _STATE.size)
        self.own = 0
        self._is_ready = False

    def begin(self, processes: int) -> None:
        """In the master: a reload begins, which starts this many processes."""
        with self._lock:
            latest, *_ = _STATE.unpack_from(self._memory)
            _STATE.pack_into(self._memory, 0, latest + 1, 0, processes, 0)

    def enter(self) -> None:
        """In a new process."""
        self.own, *_ = _STATE.unpack_from(self._memory)

    def note_ready(self) -> None:
        """This process has loaded the application and is about to accept connections."""
        self._is_ready = True
        self._add(ready=1, ended=0)

    def note_end(self) -> None:
        """This process ends. If it was not ready, the old ones wait no longer: the site is stopped, or cannot start."""
        if not self._is_ready:
            self._add(ready=0, ended=1)

    def _add(self, *, ready: int, ended: int) -> None:
        with self._lock:
            latest, is_ready, awaited, has_ended = _STATE.unpack_from(self._memory)
            if latest == self.own:
                _STATE.pack_into(self._memory, 0, latest, is_ready + ready, awaited, has_ended + ended)

    @property
    def is_replaced(self) -> bool:
        """Whether the processes that replace this one are ready."""
        latest, ready, awaited, _ended = _STATE.unpack_from(self._memory)
        return bool(latest != self.own and ready >= awaited)

    @property
    def must_wait(self) -> bool:
        """Whether this process is being replaced by others that are not ready yet."""
        latest, ready, awaited, ended = _STATE.unpack_from(self._memory)
        return bool(latest != self.own and not ended and ready < awaited)

    def wait(self) -> None:
        """In a process that is told to end: wait until those that replace it are ready, if that is why."""
        end = monotonic() + MAX_WAIT_SECONDS
        while self.must_wait and monotonic() < end:
            gevent.sleep(LOOK_SECONDS)


RELOADS = Reloads()
