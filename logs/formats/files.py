"""Log files on disk: as they are, compressed, in folders, in tar archives, in tables."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import IO, Any, BinaryIO

from logs.formats.line import Numbered
from logs.formats.reading import UnreadableError, numbered_lines
from logs.formats.tables import is_table, unpack

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_OPENERS: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda raw: gzip.GzipFile(fileobj=raw),
    b"\x28\xb5\x2f\xfd": zstd.ZstdFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
_FAULTS = (OSError, EOFError, zlib.error, lzma.LZMAError, zstd.ZstdError)


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file to be read as a log. `shown`: what people know it by; `size`: its bytes on disk."""

    path: Path
    shown: PurePath
    size: int

    def lines(self, advanced: Callable[[int], object] = lambda _: None) -> Iterator[Numbered]:
        """Its numbered lines; `advanced` is told how many of its bytes were read since. UnreadableError when it cannot
        be read to its end."""
        known = 0

        def tell(_: int) -> None:
            nonlocal known
            advanced(raw.tell() - known)
            known = raw.tell()

        try:
            with self.path.open("rb") as raw, _decompressed(raw) as file:
                yield from numbered_lines(file, tell)
        except _FAULTS as error:
            why = getattr(error, "strerror", None) or str(error)
            raise UnreadableError(f"It cannot be read to its end: {why}") from error


@contextmanager
def found(paths: Iterable[Path]) -> Iterator[list[LogFile]]:
    """The files named, all below the folders named, those in tar archives and tables; hidden ones are passed over.

    UnreadableError for a path that does not exist and for an archive that is broken. What was unpacked goes in the end.
    """
    with TemporaryDirectory(prefix="importlogs-") as scratch:
        files: list[LogFile] = []
        for path in paths:
            try:
                for file in _below(path, path):
                    files += _unpacked(file, Path(scratch))
            except (OSError, EOFError, tarfile.TarError, zlib.error, lzma.LZMAError) as error:
                raise UnreadableError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
        yield files


def _below(path: Path, shown: PurePath) -> Iterator[LogFile]:
    if not path.is_dir():
        yield LogFile(path, shown, path.stat().st_size)
        return
    for below in sorted(path.rglob("*")):
        inner = below.relative_to(path)
        if below.is_file() and not any(part.startswith(".") for part in inner.parts):
            yield LogFile(below, shown / inner, below.stat().st_size)


def _is_tar(path: Path) -> bool:
    return ".tar" in path.suffixes or path.suffix in {".tgz", ".txz", ".tzst"}


def _unpacked(file: LogFile, scratch: Path) -> list[LogFile]:
    """The files in an archive, the channels in a table; else the file itself."""
    folder = scratch / str(len(list(scratch.iterdir())))
    if is_table(file.path, _start(file.path)):
        unpack(file.path, folder)
    elif _is_tar(file.path):
        with (
            file.path.open("rb") as raw,
            _decompressed(raw) as stream,
            tarfile.open(fileobj=stream, mode="r|") as archive,
        ):
            archive.extractall(folder, filter="data")
    else:
        return [file]
    return list(_below(folder, file.shown))


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(1000)
    except OSError:
        return b""  # told when its lines are read


@contextmanager
def _decompressed(raw: BinaryIO) -> Iterator[BinaryIO]:
    start = raw.read(6)
    raw.seek(0)
    for magic, opener in _OPENERS.items():
        if start.startswith(magic):
            with opener(raw) as file:
                yield file
            return
    yield raw
