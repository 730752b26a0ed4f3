"""Log files on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from logs.formats.line import Numbered
from logs.formats.reading import UnreadableError, numbered_lines


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file to be read as a log. `size`: its bytes on disk."""

    path: Path
    size: int

    @property
    def name(self) -> str:
        return str(self.path)

    def lines(self, advanced: Callable[[int], object] = lambda _: None) -> Iterator[Numbered]:
        """Its numbered lines; UnreadableError when it cannot be read to its end."""
        try:
            with self.path.open("rb") as file:
                yield from numbered_lines(file, advanced)
        except OSError as error:
            raise UnreadableError(error.strerror or str(error)) from error


def find(paths: Iterable[Path]) -> Iterator[LogFile]:
    """The files named and all below the folders named, those of a folder in the order of their names.

    UnreadableError for a path that does not exist. Hidden files are passed over.
    """
    for path in paths:
        try:
            if path.is_dir():
                inside = (below for below in path.rglob("*") if not _is_hidden(below.relative_to(path)))
                yield from (LogFile(below, below.stat().st_size) for below in sorted(inside) if below.is_file())
            else:
                yield LogFile(path, path.stat().st_size)
        except OSError as error:
            raise UnreadableError(f"{path}: {error.strerror}") from error


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
