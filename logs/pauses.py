"""Long loops let other greenlets run.

`with_pauses` is for pages: thousands of lines must not hold up the new lines of live. `with_yields` is for storing:
lines that arrive meanwhile are journaled first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import TypeVar

import gevent

T = TypeVar("T")

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
