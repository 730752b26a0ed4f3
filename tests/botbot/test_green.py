"""Every way in is green: a slow query of one greenlet does not stop another."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

TICKS_DURING_A_SLOW_QUERY = """
import os, gevent, psycopg2
ticks = []
def tick():
    while True:
        ticks.append(1)
        gevent.sleep(0.01)
connection = psycopg2.connect(os.environ["DATABASE_URL"])
gevent.spawn(tick)
connection.cursor().execute("SELECT pg_sleep(0.5)")
print(len(ticks))
"""


def ticks(first: str) -> int:
    command = [sys.executable, "-c", first + TICKS_DURING_A_SLOW_QUERY]
    return int(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout)


def test_no_other_package_has_a_plugin_of_gevent() -> None:
    # They are not loaded: see botbot/green.py.
    points = [point for package in metadata.distributions() for point in package.entry_points]
    assert {point.value.partition(".")[0] for point in points if point.group.startswith("gevent.")} == {"gevent"}


def test_a_slow_query_lets_others_run() -> None:
    assert ticks("import botbot.green\n") > 3


def test_without_the_patch_the_driver_blocks() -> None:
    assert ticks("") <= 1


@pytest.mark.parametrize("path", ["manage.py", "gunicorn.conf.py", "botbot/embedded/demo.py"])
def test_every_entry_point_patches_before_other_imports(path: str) -> None:
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    first = imports[1] if isinstance(imports[0], ast.ImportFrom) and imports[0].module == "__future__" else imports[0]
    assert isinstance(first, ast.Import)
    assert first.names[0].name == "botbot.green"


def test_pytest_is_green_first() -> None:
    assert "-p botbot.green -p" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
