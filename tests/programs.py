"""Programs that Debian has and pip has not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def require(program: str, *others: str, package: str | None = None) -> str:
    """The path of a program, or of the first of its other names that is there.

    Where there is none the test is skipped with what to install, or fails: see `missing`.
    """
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    found = next(filter(None, (shutil.which(name, path=path) for name in (program, *others))), None)
    return found or missing(f"{program} is not installed: apt-get install {package or program}")


def missing(sentence: str) -> NoReturn:
    """Skips the test; with CI=true fails it, for there a skip hides a fault."""
    if os.environ.get("CI") == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def unprivileged(folder: Path) -> list[str]:
    """What to put before a command that does not want to run as root: then nobody runs it, who gets the folder."""
    if os.geteuid() != 0:
        return []
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, "nobody")
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
