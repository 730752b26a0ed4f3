"""Report code that blocks gevent's hub. A system thread outside gevent checks that the hub still runs greenlets."""

from __future__ import annotations

import logging
import sys
import traceback
from dataclasses import dataclass
from time import monotonic

import gevent
from gevent import monkey

logger = logging.getLogger(__name__)

# The unpatched functions: the patched ones would wait for the hub that they watch.
_start_thread = monkey.get_original("_thread", "start_new_thread")
_sleep = monkey.get_original("time", "sleep")
_thread_id = monkey.get_original("_thread", "get_ident")


@dataclass(slots=True)
class Watchdog:
    """Logs each block of the hub over `limit` seconds with the blocking stack, and counts blocks."""

    limit: float
    blocks: int = 0
    seconds: float = 0.0
    running: bool = True
    _last_beat: float = 0.0
    _thread: int = 0

    def start(self) -> None:
        """Watch the hub of the calling thread."""
        self._last_beat = monotonic()
        self._thread = _thread_id()
        gevent.spawn(self._run_beats)
        _start_thread(self._watch, ())

    def stop(self) -> None:
        self.running = False

    def _run_beats(self) -> None:
        while self.running:
            self._last_beat = monotonic()
            gevent.sleep(self.limit / 4)

    def _watch(self) -> None:
        while self.running:
            _sleep(self.limit / 4)
            beat = self._last_beat
            # A beat comes every quarter of the limit: this much later the hub was blocked for the whole limit.
            if monotonic() - beat > self.limit * 1.25:
                self._report(beat)

    def _report(self, beat: float) -> None:
        frame = sys._current_frames().get(self._thread)
        stack = "".join(traceback.format_stack(frame)) if frame else "(no stack)\n"
        self.blocks += 1
        logger.error("the hub is blocked for over %.0f ms by:\n%s", self.limit * 1000, stack.rstrip())
        # The stack is logged while it still blocks. Then wait for its end to log the duration.
        while self.running and self._last_beat == beat:
            _sleep(self.limit / 10)
        blocked = monotonic() - beat
        self.seconds += blocked
        logger.error("the hub was blocked for %.0f ms", blocked * 1000)


current: Watchdog | None = None


def start(limit_ms: int) -> Watchdog:
    """Start the watchdog of this process, which is `current` from then on; later calls return the same."""
    global current  # noqa: PLW0603  (one per process)
    if current is None:
        current = Watchdog(limit_ms / 1000)
        current.start()
    return current
