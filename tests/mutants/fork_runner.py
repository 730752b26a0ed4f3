"""Runs pytest many times, each time in a fork of one process that has imported the libraries: a mutant costs seconds.

python -m tests.mutants.fork_runner SOCKET ARGUMENTS...     listens there, and runs pytest with these arguments
python -S tests/mutants/fork_client.py SOCKET               has it run once, and exits as pytest does
"""

# ruff: noqa: I001  (the first import has to be the first)
from __future__ import annotations

import botbot.green  # noqa: F401

import importlib
import os
import select
import signal
import socket
import sys

import django.test.utils
import pytest


def main(path: str, arguments: list[str]) -> None:
    """Import the libraries, but no module that could be changed; then run pytest for each connection. Never returns."""
    for name in ("django.contrib.admin", "django.db.backends.postgresql.base", "django.test.client", "linkify_it"):
        importlib.import_module(name)
    importlib.import_module("hypothesis.strategies")

    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    while True:
        connection, _ = server.accept()
        child = os.fork()
        if child == 0:
            server.close()
            connection.close()
            os.setpgid(0, 0)
            # Python recognises a compiled file by second and size: that of one mutant could pass for the next one's.
            sys.dont_write_bytecode = True
            django.test.utils.setup_databases = _reuse_databases
            os._exit(pytest.main(arguments))
        _wait(child, connection)


def _wait(child: int, connection: socket.socket) -> None:
    """Send the child's exit status. If nobody waits for it any more, because it took too long, kill the child."""
    with connection:
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                connection.send(b"%d" % os.waitstatus_to_exitcode(status))
                return
            if select.select([connection], [], [], 0.02)[0]:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return


def _reuse_databases(**_: object) -> list[object]:
    """Stands for Django's `setup_databases`: takes the test database as the run without a mutant has left it."""
    from django.db import connections

    from tests.emptying import empty_tables

    for connection in connections.all():
        connection.close()
        connection.settings_dict["NAME"] = connection.creation._get_test_db_name()
    # A run that was killed may have left rows.
    empty_tables()
    return []


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
