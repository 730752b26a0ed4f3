"""How much of a test that tries the same with many values: some at each run, many more by `make test-nightly`."""

from __future__ import annotations

import os

NIGHTLY = os.environ.get("NIGHTLY") == "true"


def count(each_run: int, *, nightly: int) -> int:
    return nightly if NIGHTLY else each_run
