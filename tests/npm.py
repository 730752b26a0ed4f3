"""Packages of npm that tests use: those of package.json, which are installed once."""

from __future__ import annotations

import fcntl
import subprocess
from functools import cache
from pathlib import Path

from django.conf import settings

from tests.programs import require


@cache
def node_modules() -> Path:
    """The folder of the installed packages. Several test processes may ask at once: one installs, the others wait."""
    require("npm")
    (settings.BASE_DIR / "var").mkdir(exist_ok=True)
    with (settings.BASE_DIR / "var" / "npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make = ["make", "node_modules/installed.stamp"]
        done = subprocess.run(make, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(settings.BASE_DIR) / "node_modules"
