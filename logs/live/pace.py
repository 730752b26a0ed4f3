"""Long work in small bites: pages come first."""

from __future__ import annotations

import gevent

LONGEST_BREATH = 0.05


def breathe() -> None:
    """Lets everything else go first, as long as there is something else, but not for ever."""
    gevent.with_timeout(LONGEST_BREATH, gevent.idle, timeout_value=None)
