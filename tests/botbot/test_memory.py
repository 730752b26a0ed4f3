"""How much memory the embedded PostgreSQL takes for its cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from botbot.embedded.cluster import shared_buffers

GB = 1 << 30


@pytest.mark.parametrize(("machine", "megabytes"), [(GB // 4, 128), (2 * GB, 512), (8 * GB, 2048), (64 * GB, 4096)])
def test_a_quarter_of_the_machine_within_bounds(tmp_path: Path, machine: int, megabytes: int) -> None:
    assert shared_buffers(machine, tmp_path) == megabytes


@pytest.mark.parametrize("limit", ["memory.max", "memory/memory.limit_in_bytes"])
@pytest.mark.parametrize(("memory", "megabytes"), [(str(GB), 256), (str(32 * GB), 2048), ("max", 2048)])
def test_the_memory_limit_of_a_container_counts_as_its_memory(
    tmp_path: Path, limit: str, memory: str, megabytes: int
) -> None:
    (tmp_path / limit).parent.mkdir(exist_ok=True)
    (tmp_path / limit).write_text(f"{memory}\n")
    assert shared_buffers(8 * GB, tmp_path) == megabytes


def test_shared_buffers_are_chosen_for_this_machine() -> None:
    assert 128 <= shared_buffers() <= 4096
