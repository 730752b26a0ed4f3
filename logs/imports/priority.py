"""Imports run at a low priority, so that readers notice little of them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from django.db import connection

NICENESS = 10
"""What `nice` adds without an argument: a tenth of the share of a process that is wanted now."""


LOCAL_HOSTS = ("/", "localhost", "127.0.0.1", "::1")


def yield_to_readers() -> None:
    """Lower the priority of this process for good, and where that is allowed of the one in PostgreSQL that serves it.

    That is allowed if PostgreSQL runs on this machine and as the same user, as the embedded one does, or to root.
    """
    os.nice(NICENESS)
    connection.ensure_connection()
    server = connection.connection.info
    if not server.host.startswith(LOCAL_HOSTS):
        return
    # Behind a tunnel or in a container PostgreSQL numbers its processes differently: the number may be another's.
    with suppress(OSError):
        if Path(f"/proc/{server.backend_pid}/cmdline").read_bytes().startswith(b"postgres: "):
            os.setpriority(os.PRIO_PROCESS, server.backend_pid, NICENESS)
