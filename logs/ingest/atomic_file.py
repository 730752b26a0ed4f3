"""Replacing a small file so that a crash or a loss of power leaves either the old content or the new one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, content: str) -> None:
    """Replace a file's content as a whole; when this returns, the new content survives a loss of power.

    The file is readable by its owner only, whatever the umask: some of these files hold passwords. OSError when the
    disk refuses; the old content then stays. One process at a time may write a file.
    """
    temporary = path.with_name(f"{path.name}.new")
    # What an earlier crash left may have other permissions, and opening it again would keep them.
    temporary.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content.encode())
            file.flush()
            # Before the rename: a file system may write the new name before the data, which leaves an empty file.
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    # The rename itself is data of the folder.
    sync_path(path.parent)


def sync_path(path: Path) -> None:
    """Make what a file contains, or the names in a folder, survive a loss of power."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
