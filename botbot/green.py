"""Make the process cooperative: gevent patches the standard library, psycogreen makes psycopg2 yield while it waits.

Import this module before anything else, in every entry point: manage.py, gunicorn.conf.py, pytest (`-p botbot.green`).
Patched later, database connections are shared between greenlets and one slow query freezes every page.
"""

from gevent import events, monkey

if not monkey.is_module_patched("socket"):
    # For each module that it patches gevent looks for plugins in the metadata of all installed packages: two thirds of
    # the time that this took. The only one is gevent's own, which warns of a choice of modules that is not ours.
    events.notify_and_call_entry_points = events.notify  # type: ignore[attr-defined]
    monkey.patch_all()

from typing import Any

from gevent import get_hub
from psycogreen.gevent import gevent_wait_callback
from psycopg2 import OperationalError, extensions


def wait(connection: Any, timeout: float | None = None) -> None:
    """psycogreen's wait callback, in which a connection may have a `watcher_priority`: see logs.live.backplane."""
    priority = getattr(connection, "watcher_priority", None)
    if priority is None:
        gevent_wait_callback(connection, timeout)
        return
    loop = get_hub().loop
    while (state := connection.poll()) != extensions.POLL_OK:
        if state not in {extensions.POLL_READ, extensions.POLL_WRITE}:
            raise OperationalError(f"unexpected result of poll: {state!r}")
        watcher = loop.io(connection.fileno(), 1 if state == extensions.POLL_READ else 2, priority=priority)
        try:
            get_hub().wait(watcher)
        finally:
            watcher.close()


extensions.set_wait_callback(wait)
