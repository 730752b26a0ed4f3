"""A pytest plugin, loaded before Django's settings: gives the tests a PostgreSQL and a place for their files.

A DATABASE_URL that is set is used instead, with a test database beside the one that it names.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from botbot.embedded import location
from botbot.embedded.postgres_server import Postgres
from tests import prepared

folder = Path(tempfile.mkdtemp(prefix="botbot-tests-"))
folder.chmod(0o755)  # the server may run as another user than we do
os.environ["VAR_DIR"] = str(folder / "var")
os.environ.setdefault("FLOOD_LINES", "0")  # tests say a lot at once
os.environ.setdefault("SECRET_KEY", "tests-only-0123456789-abcdefghijklmnopqrstuvwxyz")
server: Postgres | None = None

if not os.environ.get("DATABASE_URL"):
    server = Postgres(location.find(folder), durable=False)
    prepared.place_cluster(server.location)
    server.hold()
    os.environ["DATABASE_URL"] = server.url


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    if server:
        server.release()
    shutil.rmtree(folder, ignore_errors=True)
