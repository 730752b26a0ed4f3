"""Greenlets beside the present one, which last as long as their process; calls in a thread; and pauses in long loops.

`with_pauses` is for pages: thousands of lines must not hold up the new lines of live. `with_yields` is for storing:
lines that arrive meanwhile are journaled first.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Iterator
from time import monotonic, perf_counter
from typing import ParamSpec, TypeVar

import gevent

logger = logging.getLogger(__name__)

FIRST_DELAY_SECONDS, LAST_DELAY_SECONDS = 1.0, 60.0

P = ParamSpec("P")
T = TypeVar("T")


def run_in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return the result of a call that would make the event loop wait, such as a sync of a file; raise its OSError."""

    # gevent prints the traceback of each exception that ends a call in a thread, although the caller handles it.
    def call() -> T | OSError:
        try:
            return function(*args, **kwargs)
        except OSError as error:
            return error

    result = gevent.get_hub().threadpool.apply(call)
    if isinstance(result, OSError):
        raise result
    return result


def spawn_lasting(name: str, work: Callable[[], object]) -> gevent.Greenlet[..., None]:
    """Start work that ends only when its greenlet is killed, or by returning; `name` is for the log."""
    return gevent.spawn(_run, name, work)


def _run(name: str, work: Callable[[], object]) -> None:
    delay = FIRST_DELAY_SECONDS
    while True:
        started_at = monotonic()
        try:
            work()
        # A timeout of gevent's that nobody has caught is no Exception.
        except (Exception, gevent.Timeout):
            logger.exception("%s failed and is started again", name)
        else:
            return
        if monotonic() - started_at > LAST_DELAY_SECONDS:
            delay = FIRST_DELAY_SECONDS
        gevent.sleep(delay)
        delay = min(delay * 2, LAST_DELAY_SECONDS)


FIRST_RETRY_SECONDS = 0.1
MAX_RETRY_SECONDS = 5.0


class Backoff:
    """The state of one task. `task` names it in the log, for example "Listening for new lines"."""

    def __init__(self, task: str) -> None:
        self.task = task
        self.failing_since: float | None = None
        self.delay = FIRST_RETRY_SECONDS

    def record_failure(self, error: Exception) -> float:
        """Return how many seconds to wait before the next attempt."""
        # Only the first failure is logged: an outage of an hour would otherwise fill the log.
        if self.failing_since is None:
            self.failing_since = monotonic()
            logger.warning("%s failed: %s; trying again until it works", self.task, str(error).strip())
        # Jitter keeps the processes of a site from retrying in step.
        delay = self.delay * random.uniform(0.5, 1)  # noqa: S311  (no secret)
        self.delay = min(self.delay * 2, MAX_RETRY_SECONDS)
        return delay

    def record_success(self) -> None:
        """Reset the delay; call it after every successful attempt."""
        if self.failing_since is not None:
            logger.info("%s works again after %.1f s", self.task, monotonic() - self.failing_since)
        self.failing_since = None
        self.delay = FIRST_RETRY_SECONDS


MAX_ITEMS = 200
MAX_SECONDS = 0.005


def with_pauses(items: Iterable[T]) -> Iterator[T]:
    """Yield the items; pause every MAX_ITEMS of them or after MAX_SECONDS."""
    count, started = 0, perf_counter()
    for item in items:
        yield item
        count += 1
        if count >= MAX_ITEMS or perf_counter() - started > MAX_SECONDS:
            gevent.sleep(0)
            count, started = 0, perf_counter()


WORK_SECONDS = 0.0005
"""Time that storing computes between two pauses."""


def yield_control() -> None:
    """Let everything run that is ready, received data first; return in the same turn of the event loop.

    `gevent.sleep(0)` does not look at sockets, and `gevent.idle()` may not return while others have something to do.
    """
    hub = gevent.get_hub()
    timer = hub.loop.timer(0.0, priority=-1)
    try:
        hub.wait(timer)
    finally:
        timer.close()


def with_yields(items: Iterable[T]) -> Iterator[T]:
    """Yield the items, and yield control between two of them after every WORK_SECONDS."""
    resumed_at = perf_counter()
    for item in items:
        yield item
        if perf_counter() - resumed_at > WORK_SECONDS:
            yield_control()
            resumed_at = perf_counter()
