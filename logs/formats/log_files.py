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
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import IO, Any, BinaryIO, cast

from logs.formats.databases import extract_channels, is_database
from logs.formats.file_names import channel_in_path
from logs.formats.log_format import NumberedLine
from logs.formats.numbered_lines import UnreadableError, numbered_lines

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
_COMPRESSED_SUFFIXES = {".gz", ".zst", ".bz2", ".xz"}
COMPRESSION_RATIO = 8
"""How many times smaller a packed log is."""

_READ_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError, zstd.ZstdError)


TAR_MAGIC, TAR_MAGIC_OFFSET = b"ustar", 257


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file to be read as a log. `shown`: what people know it by; `size`: its bytes on disk; `most`: how many bytes it
    may have unpacked; `channel`: of which it is, where that is certain."""

    path: Path
    shown: PurePath
    size: int
    most: int | None = None
    channel: str | None = None

    @property
    def bulk(self) -> int:
        """About how many bytes it has unpacked."""
        return self.size * (COMPRESSION_RATIO if self.shown.suffix in _COMPRESSED_SUFFIXES else 1)

    def lines(self, advanced: Callable[[int], object] = lambda _: None) -> Iterator[NumberedLine]:
        """Its numbered lines; `advanced` is told how many of its bytes were read since. UnreadableError when it cannot
        be read to its end."""
        known = 0

        def tell(_: int) -> None:
            nonlocal known
            advanced(raw.tell() - known)
            known = raw.tell()

        try:
            with self.path.open("rb") as raw, _decompressed(raw) as file:
                yield from numbered_lines(_Limited(file, self.most) if self.most is not None else file, tell)
        except _READ_ERRORS as error:
            why = getattr(error, "strerror", None) or str(error)
            raise UnreadableError(f"It cannot be read to its end: {why}") from error


@contextmanager
def open_log_files(paths: Iterable[Path], most: int | None = None) -> Iterator[list[LogFile]]:
    """The files named, all below the folders named, those in tar archives and tables; hidden ones are passed over.

    `most`: so many bytes each of them may have, or an archive unpacked. UnreadableError for a path that does not exist
    and for an archive that is broken. What was unpacked goes in the end.
    """
    with TemporaryDirectory(prefix="importlogs-") as scratch:
        files: list[LogFile] = []
        for path in paths:
            try:
                for file in _files_below(path, path):
                    files += [replace(each, most=most) for each in _expand(file, Path(scratch), most)]
            except (*_READ_ERRORS, tarfile.TarError) as error:
                raise UnreadableError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
        yield files


def _files_below(path: Path, shown: PurePath) -> Iterator[LogFile]:
    if not path.is_dir():
        yield LogFile(path, shown, path.stat().st_size)
        return
    for below in sorted(path.rglob("*")):
        inner = below.relative_to(path)
        if below.is_file() and not any(part.startswith(".") for part in inner.parts):
            yield LogFile(below, shown / inner, below.stat().st_size)


def _expand(file: LogFile, scratch: Path, most: int | None) -> list[LogFile]:
    """The files in an archive, the channels in a table; else the file itself."""
    folder = scratch / str(len(list(scratch.iterdir())))
    if is_database(file.path, _read_start(file.path)):
        extract_channels(file.path, folder)
        return [replace(each, channel=channel_in_path(each.shown).channel) for each in _files_below(folder, file.shown)]
    if not _is_tar(file.path):
        return [file]
    with (
        file.path.open("rb") as raw,
        _decompressed(raw) as stream,
        tarfile.open(
            fileobj=stream if most is None else cast("BinaryIO", _Limited(stream, most)), mode="r|"
        ) as archive,
    ):
        archive.extractall(folder, filter="data")
    return list(_files_below(folder, file.shown))


def _is_tar(path: Path) -> bool:
    if ".tar" in path.suffixes or path.suffix in {".tgz", ".txz", ".tzst"}:
        return True
    try:
        with path.open("rb") as raw, _decompressed(raw) as stream:
            return stream.read(TAR_MAGIC_OFFSET + len(TAR_MAGIC))[TAR_MAGIC_OFFSET:] == TAR_MAGIC
    except _READ_ERRORS:
        return False  # told when its lines are read


class _Limited:
    """A file that must not be longer than so many bytes."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file = file
        self._left = most

    def read(self, size: int = -1) -> bytes:
        read = self._file.read(size)
        self._left -= len(read)
        if self._left < 0:
            raise UnreadableError("It is too large when unpacked.")
        return read


def _read_start(path: Path) -> bytes:
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
