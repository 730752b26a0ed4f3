"""Long loops let other greenlets run: a page of thousands of lines must not hold up the new lines of live."""

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
