"""The copy on disk of the wanted networks and channels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import desired_state
from bot.desired_state import WantedNetwork

NETWORK = WantedNetwork(
    *(1, "libera", "irc.libera.chat", 6697, True, "botbot", "botbot", "a logger", "server password"),
    account="botbot",
    account_password="account password",
)


@pytest.fixture
def _permissive_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_permissive_umask")
@pytest.mark.parametrize("name", ["", "wanted.json", "wanted.json.new"], ids=["none", "copy", "interrupted"])
@pytest.mark.parametrize("mode", [0o644, 0o666])
def test_only_the_owner_may_read_the_copy_with_passwords(tmp_path: Path, name: str, mode: int) -> None:
    """Whatever the umask, and whatever the mode of a file that an earlier save left behind."""
    if name:
        (tmp_path / name).write_text("[]")
        (tmp_path / name).chmod(mode)
    path = tmp_path / "wanted.json"
    desired_state.save(path, [NETWORK])
    assert path.stat().st_mode & 0o777 == 0o600
    assert desired_state.load(path) == [NETWORK]
    assert list(tmp_path.iterdir()) == [path]
