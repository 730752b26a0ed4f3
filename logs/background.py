"""Greenlets that last as long as their process: work that fails is logged and started again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

import gevent

logger = logging.getLogger(__name__)

FIRST_DELAY_SECONDS, LAST_DELAY_SECONDS = 1.0, 60.0


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
