"""Sees when something blocks the hub: one thread of the system, outside gevent, looks whether the hub still turns."""

from __future__ import annotations

import logging
import sys
import traceback
from dataclasses import dataclass
from time import monotonic

import gevent
from gevent import monkey

logger = logging.getLogger(__name__)

# The real ones: the patched would wait for the hub that they are to watch.
_start_thread = monkey.get_original("_thread", "start_new_thread")
_sleep = monkey.get_original("time", "sleep")
_thread_id = monkey.get_original("_thread", "get_ident")


@dataclass(slots=True)
class Watchdog:
    """Logs each block of the hub over `limit` seconds with the stack that blocks, and counts them."""

    limit: float
    blocks: int = 0
    seconds: float = 0.0
    running: bool = True
    _beat: float = 0.0
    _thread: int = 0

    def start(self) -> None:
        """Watches the hub of the calling thread."""
        self._beat = monotonic()
        self._thread = _thread_id()
        gevent.spawn(self._turn)
        _start_thread(self._watch, ())

    def stop(self) -> None:
        self.running = False

    def _turn(self) -> None:
        while self.running:
            self._beat = monotonic()
            gevent.sleep(self.limit / 4)

    def _watch(self) -> None:
        while self.running:
            _sleep(self.limit / 4)
            beat = self._beat
            if monotonic() - beat > self.limit * 1.25:
                self._report(beat)

    def _report(self, beat: float) -> None:
        frame = sys._current_frames().get(self._thread)
        stack = "".join(traceback.format_stack(frame)) if frame else "(no stack)\n"
        self.blocks += 1
        logger.error("the hub is blocked for over %.0f ms by:\n%s", self.limit * 1000, stack.rstrip())
        while self.running and self._beat == beat:
            _sleep(self.limit / 10)
        blocked = monotonic() - beat
        self.seconds += blocked
        logger.error("the hub was blocked for %.0f ms", blocked * 1000)


current: Watchdog | None = None


def start(limit_ms: int) -> Watchdog:
    """Watches the hub of this process; there is one watchdog a process, readable as `current`."""
    global current  # noqa: PLW0603  (one a process)
    if current is None:
        current = Watchdog(limit_ms / 1000)
        current.start()
    return current
