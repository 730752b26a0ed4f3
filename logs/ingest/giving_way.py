"""Lets received lines be journaled, and other sockets be served, in the middle of a long computation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import gevent

ITEMS_AT_ONCE = 100
"""Lines handled between two pauses; each step of storing takes about 10 microseconds for a line."""

Item = TypeVar("Item")


def give_way() -> None:
    """Let everything run that is ready, received data first; return in the same turn of the event loop.

    `gevent.sleep(0)` does not look at sockets, and `gevent.idle()` may not return while others have something to do.
    """
    hub = gevent.get_hub()
    timer = hub.loop.timer(0.0, priority=-1)
    try:
        hub.wait(timer)
    finally:
        timer.close()


def giving_way(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items, and give way after every ITEMS_AT_ONCE of them."""
    for place, item in enumerate(items, 1):
        yield item
        if not place % ITEMS_AT_ONCE:
            give_way()
