"""Live is requested over the network: from gunicorn, which gives its sockets away, and from a server that does not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Site


class PlainSite(Site):
    """Django's own server, for which live is a response like any other."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        super().__init__(folder, env)
        self.command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"]


@pytest.fixture(params=[Site, PlainSite], ids=["gunicorn", "runserver"])
def any_site(request: pytest.FixtureRequest, process_env: dict[str, str], tmp_path: Path) -> Iterator[Site]:
    """The same site by either server."""
    with request.param(tmp_path, process_env) as running:
        yield running
