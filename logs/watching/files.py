"""Find the log files below a path, and recognise a file again after it was renamed, copied, emptied or replaced."""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from logs.watching.tail import head_digest

MAX_FILES = 50_000
"""Files below all paths; what is beyond is not followed, which is reported."""

MAX_OPEN_FILES = 200
"""Files that stay open, so that one that is renamed or deleted is read to its end."""

HEAD_BYTES = 1024
"""The beginning of a file by which its copy is recognised."""

_ROTATED = re.compile(r"(?:\.\d{1,3}|(\.(?i:log|txt|weechatlog))-\d{8,10}|\.(?i:bak|old|orig|tmp|swp|part)|~)$")
_STAMP = re.compile(r"[-._]\d[-\d_.]*")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that is there: its `identity` is its device and inode, as text; `written_at` is in seconds since 1970."""

    path: str
    identity: str
    size: int
    written_at: float

    @property
    def is_rotated(self) -> bool:
        """Whether it has the name of a rotated log, such as `channel.log.1`: no log begins with such a name."""
        return base_path(self.path) != self.path


class KnownFile(Protocol):
    """What has to be known of a file to recognise it: see WatchedFile."""

    path: str
    identity: str
    head: str
    head_length: int
    offset: int


Known = TypeVar("Known", bound=KnownFile)


def base_path(path: str) -> str:
    """Return the path that a file had before programs put it aside: without `.1`, `-20261130`, `.old` and the like."""
    match = _ROTATED.search(path)
    return path[: match.start()] + (match[1] or "") if match else path


def identity_of(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}"


def find_files(root: Path) -> Iterator[FoundFile]:
    """Yield the files below a folder, apart from hidden ones; of a file that and those that could be it, rotated."""
    if root.is_dir():
        yield from _find_below(root)
        return
    with suppress(OSError), os.scandir(root.parent) as entries:
        for entry in entries:
            found = _stat(entry) if entry.name.startswith(root.name) else None
            if found and (entry.name == root.name or found.is_rotated or _is_dated(entry.name[len(root.name) :])):
                yield found


def _is_dated(ending: str) -> bool:
    return _STAMP.fullmatch(ending) is not None


def _find_below(folder: Path) -> Iterator[FoundFile]:
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError:
            continue  # it has gone, or it is not ours to read
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            elif found := _stat(entry):
                yield found


def _stat(entry: os.DirEntry[str]) -> FoundFile | None:
    try:
        if not entry.is_file():
            return None
        status = entry.stat()
    except OSError:
        return None
    if not _is_text(entry.path):
        return None  # the name is no UTF-8
    return FoundFile(entry.path, identity_of(status), status.st_size, status.st_mtime)


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def folders_below(root: Path) -> Iterator[Path]:
    """Yield the folders whose files `find_files` yields."""
    if not root.is_dir():
        yield root.parent
        return
    for folder, below, _files in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".")]
        yield Path(folder)


def match_files(
    known: Sequence[Known], found: Iterable[FoundFile], has_changed: Callable[[Known, FoundFile], bool]
) -> tuple[dict[int, FoundFile], list[FoundFile]]:
    """Say which found file is which known one, by the place of the known one; and return the others.

    `has_changed`: whether the file of a known identity is not what it was: emptied, or another one in its place.
    """
    by_identity: dict[str, list[FoundFile]] = {}
    for file in found:
        by_identity.setdefault(file.identity, []).append(file)
    matched: dict[int, FoundFile] = {}
    unmatched: list[int] = []
    for index, one in enumerate(known):
        candidates = by_identity.get(one.identity, [])
        # Of two names of one file the known one stays.
        match = next((file for file in candidates if file.path == one.path), candidates[0] if candidates else None)
        if match is not None and not has_changed(one, match):
            candidates.remove(match)
            matched[index] = match
        else:
            unmatched.append(index)
    rest = [file for files in by_identity.values() for file in files]
    for index in unmatched:
        if (copy := _find_copy(known[index], rest)) is not None:
            matched[index] = copy
            rest.remove(copy)
    return matched, rest


def _find_copy(known: KnownFile, files: Iterable[FoundFile]) -> FoundFile | None:
    """The file that begins like one that is lost, of the same name or beside it."""
    if not known.head_length:
        return None
    folder = str(Path(known.path).parent)
    candidates = [file for file in files if file.size >= known.offset and file.path.startswith(f"{folder}/")]
    candidates.sort(key=lambda file: (file.path != known.path, file.path))
    return next((file for file in candidates if is_beginning(file.path, known)), None)


def is_beginning(path: str, known: KnownFile) -> bool:
    """Whether a file begins with what was read of a known one; if nothing was, whether it has the same path."""
    if not known.head_length:
        return path == known.path
    try:
        with Path(path).open("rb") as file:
            return head_digest(file, known.head_length) == known.head
    except OSError:
        return False


class OpenFiles:
    """The files that were read last stay open; of more than MAX_OPEN_FILES the one read longest ago is closed."""

    def __init__(self) -> None:
        self._files: OrderedDict[int, BinaryIO] = OrderedDict()

    def get(self, number: int, path: str, identity: str) -> BinaryIO | None:
        """Return a file by its number, open; None if there is another one at its path by now."""
        file = self._files.pop(number, None)
        if file is not None and identity_of(os.fstat(file.fileno())) != identity:
            file.close()
            file = None
        if file is None:
            try:
                file = Path(path).open("rb")  # noqa: SIM115  (it stays open)
            except FileNotFoundError:
                return None
            if identity_of(os.fstat(file.fileno())) != identity:
                file.close()
                return None
        self._files[number] = file
        if len(self._files) > MAX_OPEN_FILES:
            self._files.popitem(last=False)[1].close()
        return file

    def is_open(self, number: int) -> bool:
        return number in self._files

    def close(self, number: int) -> None:
        if (file := self._files.pop(number, None)) is not None:
            file.close()

    def close_all(self) -> None:
        for number in list(self._files):
            self.close(number)
