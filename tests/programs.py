"""Programs that Debian has and pip has not."""

from __future__ import annotations

import os
import shutil

import pytest


def require(program: str, *others: str, package: str | None = None) -> str:
    """The path of a program, or of the first of its other names that is there.

    Where there is none the test is skipped with what to install; with CI=true it fails, for there a skip hides a fault.
    """
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    for name in (program, *others):
        if found := shutil.which(name, path=path):
            return found
    sentence = f"{program} is not installed: apt-get install {package or program}"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)
