"""A file is replaced as a whole, in an order that survives a crash at any step."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from logs.ingest.atomic_file import write_atomically


class Crash(BaseException):
    """The process ends here: no handler of an Exception runs."""


STEPS = ("open", "fsync", "replace")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The system calls of a write in their order, each with the file that it is about."""
    calls: list[str] = []

    def recorded(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(first: Any, *args: Any, **more: Any) -> Any:
            about = Path(f"/proc/self/fd/{first}").readlink() if isinstance(first, int) else first
            calls.append(f"{name} {Path(about).name}")
            return call(first, *args, **more)

        return wrapper

    for name in STEPS:
        monkeypatch.setattr(os, name, recorded(name, getattr(os, name)))
    return calls


def test_content_is_on_disk_before_it_gets_its_name_and_the_name_before_the_end(
    tmp_path: Path, steps: list[str]
) -> None:
    write_atomically(tmp_path / "state.json", "new")
    folder = tmp_path.name
    assert steps == [
        "open state.json.new",
        "fsync state.json.new",
        "replace state.json.new",
        f"open {folder}",
        f"fsync {folder}",
    ]
    assert (tmp_path / "state.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize("survived", range(6))
def test_a_crash_at_any_step_leaves_the_old_or_the_new_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    path = tmp_path / "state.json"
    path.write_text("the old content")
    remaining = survived

    def until_the_crash(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **more: Any) -> Any:
            nonlocal remaining
            if not remaining:
                raise Crash
            remaining -= 1
            return call(*args, **more)

        return wrapper

    with monkeypatch.context() as patched:
        for name in STEPS:
            patched.setattr(os, name, until_the_crash(getattr(os, name)))
        try:
            write_atomically(path, "the new content")
            crashed = False
        except Crash:
            crashed = True
    assert crashed == (survived < 5)
    # open, fsync and then the rename: from the third step on the new content is there.
    assert path.read_text() == ("the new content" if survived >= 3 else "the old content")
    write_atomically(path, "the next content")
    assert path.read_text() == "the next content"
    assert [found.name for found in tmp_path.iterdir()] == ["state.json"]


def test_a_disk_that_refuses_leaves_the_old_content_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.json"
    path.write_text("old")

    def refuse(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["state.json"]


def test_only_the_owner_may_read_it_also_after_a_crash_that_left_a_readable_file(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    for leftover in (path, tmp_path / "state.json.new"):
        leftover.write_text("old")
        leftover.chmod(0o644)
    umask = os.umask(0)
    try:
        write_atomically(path, "new: ü")
    finally:
        os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="utf-8") == "new: ü"
