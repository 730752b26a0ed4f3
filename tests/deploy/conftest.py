"""A site with nginx in front."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.nginx import Nginx
from tests.processes import Site


@pytest.fixture
def nginx(site: Site, tmp_path: Path, var_dir: Path) -> Iterator[Nginx]:
    with Nginx(tmp_path / "nginx", [site.port], var_dir / "static") as running:
        yield running
        print(running.output())
