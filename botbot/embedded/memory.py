"""How much of the machine's memory the embedded PostgreSQL may use as its own cache."""

from __future__ import annotations

import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
LIMITS = ("memory.max", "memory/memory.limit_in_bytes")
"""Where a container's limit stands, in version 2 and 1 of cgroups."""

LEAST, MOST = 128, 4096


def shared_buffers(machine: int | None = None, cgroups: Path = CGROUPS) -> int:
    """Megabytes: a quarter of `machine`, the bytes of memory there are, or of what a container leaves of them.

    https://www.postgresql.org/docs/18/runtime-config-resource.html recommends as much.
    """
    memory = machine or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in (cgroups / name for name in LIMITS):
        told = limit.read_text(encoding="ascii").strip() if limit.is_file() else ""
        if told.isdigit():
            memory = min(memory, int(told))
    return max(LEAST, min(MOST, memory // 4 >> 20))
