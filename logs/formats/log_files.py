"""Find and open log files: plain, compressed, in folders, in tar and zip archives, in databases and exports."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory, mkdtemp
from typing import IO, Any, BinaryIO, cast

from logs.formats import slack_export
from logs.formats.chat_exports import extract_export, find_export
from logs.formats.databases import extract_channels, is_database
from logs.formats.encodings import LineDecoder
from logs.formats.file_names import channel_in_path
from logs.formats.log_format import NumberedLine
from logs.formats.numbered_lines import CHUNK_BYTES, TOO_LARGE, Readable, UnreadableError, numbered_lines
from logs.formats.psybnc import is_traffic_log, split_file
from logs.formats.quassel_dump import extract_dump, is_dump

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
"""A typical one; it only decides how files are split into batches."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BESIDE_DATABASES = ("-wal", "-shm", "-journal")
"""Endings of the files that SQLite keeps beside one that is in use."""

_READ_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError, zstd.ZstdError)


TAR_MAGIC, TAR_MAGIC_OFFSET = b"ustar", 257
ZIP_MAGIC, ZIP_ENCRYPTED = b"PK\x03\x04", 1


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much may be in what is opened: all files together, when unpacked. `max_files` limits each archive."""

    max_bytes: int | None = None
    max_files: int = 500_000
    max_lines: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """From where in a database a file is: its network ("" if there is none), and all networks of it and of its channel.

    The Lounge calls networks by numbers, which nobody knows.
    """

    network: str
    networks: Set[str]
    networks_of_channel: Set[str]

    @property
    def has_name(self) -> bool:
        """Whether the network is called as people call it."""
        return bool(self.network) and _UUID.fullmatch(self.network) is None


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file to be read as a log.

    `display_path` is its path as people know it, also inside an archive; `size` is in bytes on disk; `max_bytes` limits
    its unpacked size; `channel` is set only where it is certain; `encoding` only where a person named it; `source` only
    for what was taken apart. Of a file that grows only the bytes before `end` are read.
    """

    path: Path
    display_path: PurePath
    size: int
    max_bytes: int | None = None
    channel: str | None = None
    encoding: str | None = None
    source: Source | None = None
    end: int | None = None

    @property
    def estimated_bytes(self) -> int:
        """The estimated size in bytes when unpacked."""
        return self.size * (COMPRESSION_RATIO if self.display_path.suffix in _COMPRESSED_SUFFIXES else 1)

    def lines(
        self, on_progress: Callable[[int], object] = lambda _: None, decoder: LineDecoder | None = None
    ) -> Iterator[NumberedLine]:
        """The numbered lines. `on_progress` gets the number of bytes on disk that were read since its last call.

        `decoder`, by default one for the file's encoding, can be asked afterwards whether that is probable.
        UnreadableError when the file cannot be read to its end.
        """
        reported_bytes = 0

        # Progress is measured in bytes on disk: the unpacked size is not known in advance.
        def report(_: int) -> None:
            nonlocal reported_bytes
            on_progress(raw.tell() - reported_bytes)
            reported_bytes = raw.tell()

        try:
            with self.path.open("rb") as raw, _decompressed(raw) as file:
                limited: Readable = _Limited(file, self.max_bytes) if self.max_bytes is not None else file
                if self.end is not None:
                    limited = _Beginning(limited, self.end)
                yield from numbered_lines(limited, report, decoder or LineDecoder(self.encoding))
        except _READ_ERRORS as error:
            why = getattr(error, "strerror", None) or str(error)
            raise UnreadableError(f"It cannot be read to its end: {why}") from error


NO_LIMITS = ArchiveLimits()
"""For files of people who can also fill the disk without us. The number of files is limited too."""


@contextmanager
def open_log_files(
    paths: Iterable[Path], limits: ArchiveLimits = NO_LIMITS, display_path: PurePath | None = None
) -> Iterator[list[LogFile]]:
    """All files at the paths: in folders at any depth, in tar and zip archives, and one for each channel of a database.

    Hidden files are skipped. `display_path` is used in place of each path. UnreadableError for a missing path, for a
    broken archive, and for one that exceeds the limits. Unpacked files are deleted when the context ends.
    """
    with TemporaryDirectory(prefix="importlogs-") as scratch:
        files: list[LogFile] = []
        for path in paths:
            try:
                opened = _open_path(path, display_path or path, Path(scratch), limits)
                files += [replace(file, max_bytes=limits.max_bytes) for file in opened]
            except (*_READ_ERRORS, tarfile.TarError, zipfile.BadZipFile, NotImplementedError) as error:
                raise UnreadableError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
        _check_size(files, limits)
        yield files


def _open_path(path: Path, display_path: PurePath, scratch: Path, limits: ArchiveLimits) -> Iterator[LogFile]:
    if root := slack_export.find_root(path):
        yield from _take_slack_apart(root, display_path, scratch, limits)
        return
    for file in _files_below(path, display_path):
        yield from _expand(file, scratch, limits)


def _check_size(files: Iterable[LogFile], limits: ArchiveLimits) -> None:
    """Refuse files that are too large together. Unpacking costs little; parsing what is refused later costs much."""
    if limits.max_bytes is None and limits.max_lines is None:
        return
    size = line_count = 0
    for file in files:
        for chunk in _read_unpacked(file.path):
            size += len(chunk)
            # Old Macs end lines with a return.
            line_count += max(chunk.count(b"\n"), chunk.count(b"\r"))
            if limits.max_bytes is not None and size > limits.max_bytes:
                raise UnreadableError(TOO_LARGE)
            if limits.max_lines is not None and line_count > limits.max_lines:
                raise UnreadableError(f"It has more than {limits.max_lines:,} lines.")


def _read_unpacked(path: Path) -> Iterator[bytes]:
    """The content of a file as far as it can be read: the error is reported when its lines are."""
    with suppress(*_READ_ERRORS), path.open("rb") as raw, _decompressed(raw) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _files_below(path: Path, display_path: PurePath) -> Iterator[LogFile]:
    if not path.is_dir():
        yield LogFile(path, _printable(display_path), path.stat().st_size)
        return
    for below in sorted(path.rglob("*")):
        inner = below.relative_to(path)
        is_hidden = any(part.startswith(".") for part in inner.parts) or below.name.endswith(_BESIDE_DATABASES)
        if below.is_file() and not is_hidden:
            yield LogFile(below, _printable(display_path / inner), below.stat().st_size)


def _printable(path: PurePath) -> PurePath:
    """The path with `?` for each byte that is not UTF-8, for which Python has no character, and for controls."""
    text = str(path)
    if text.isprintable():
        return path
    return PurePath(_CONTROL.sub("?", text.encode("utf-8", "replace").decode()))


def _expand(file: LogFile, scratch: Path, limits: ArchiveLimits) -> list[LogFile]:
    """The files in an archive; of each what `_take_apart` makes of it."""
    start = _read_start(file.path)
    if start.startswith(ZIP_MAGIC):
        folder = _new_folder(scratch)
        _extract_zip(file.path, folder, limits)
    elif _is_tar(file):
        folder = _new_folder(scratch)
        with (
            file.path.open("rb") as raw,
            _decompressed(raw) as stream,
            tarfile.open(
                fileobj=stream if limits.max_bytes is None else cast("BinaryIO", _Limited(stream, limits.max_bytes)),
                mode="r|",
            ) as archive,
        ):
            _extract_members(archive, folder, limits)
    else:
        return _take_apart(file, start, scratch, limits)
    if root := slack_export.find_root(folder):
        return _take_slack_apart(root, file.display_path, scratch, limits)
    inner = _files_below(folder, file.display_path)
    return [each for below in inner for each in _take_apart(below, _read_start(below.path), scratch, limits)]


def _new_folder(scratch: Path) -> Path:
    return Path(mkdtemp(dir=scratch))


def _take_apart(file: LogFile, start: bytes, scratch: Path, limits: ArchiveLimits) -> list[LogFile]:
    """A file for each channel of what holds several (a database, an export, a traffic log), or the file itself."""
    # By content, because people rename these files.
    if is_database(file.display_path, start):
        folder = _new_folder(scratch)
        extract_channels(file.path, folder, limits.max_files, limits.max_bytes)
        return channels_below(folder, file.display_path)
    if is_dump(start):
        folder = _new_folder(scratch)
        extract_dump(file.path, folder, limits.max_files, limits.max_bytes)
        return channels_below(folder, file.display_path)
    if find_export(start):
        folder = _new_folder(scratch)
        extract_export(file.path, folder, limits.max_files, limits.max_bytes)
        # It has one channel, which elsewhere is called differently: a person may name it.
        return [replace(each, channel=None) for each in channels_below(folder, file.display_path)]
    if is_traffic_log(start):
        folder = _new_folder(scratch)
        split_file(file.path, folder, limits.max_files)
        return channels_below(folder, file.display_path)
    return [file]


def _take_slack_apart(root: Path, display_path: PurePath, scratch: Path, limits: ArchiveLimits) -> list[LogFile]:
    folder = _new_folder(scratch)
    slack_export.extract_export(root, folder, limits.max_files, limits.max_bytes)
    return channels_below(folder, display_path)


def channels_below(folder: Path, display_path: PurePath) -> list[LogFile]:
    """The files into which something was taken apart, with the networks that it has."""
    files = list(_files_below(folder, display_path))
    by_channel: dict[str, set[str]] = {}
    for file in files:
        by_channel.setdefault(file.path.name, set()).add(_network_of(file, folder))
    networks = set().union(*by_channel.values())
    return [
        replace(
            file,
            channel=channel_in_path(file.display_path).channel,
            source=Source(_network_of(file, folder), frozenset(networks), frozenset(by_channel[file.path.name])),
        )
        for file in files
    ]


def _network_of(file: LogFile, folder: Path) -> str:
    return "" if file.path.parent == folder else file.path.parent.name


def _extract_members(archive: tarfile.TarFile, folder: Path, limits: ArchiveLimits) -> None:
    size = 0
    for count, member in enumerate(archive, 1):
        # A sparse file takes nothing of the archive and has any size.
        size += member.size
        if limits.max_bytes is not None and size > limits.max_bytes:
            raise UnreadableError(TOO_LARGE)
        if count > limits.max_files:
            raise UnreadableError(f"It contains more than {limits.max_files:,} files.")
        # The filter refuses paths and links that lead out of the folder, and devices. What it says about them, and what
        # a link without a target causes, names the folder.
        try:
            archive.extract(member, folder, filter="data")
        except (tarfile.FilterError, KeyError) as error:
            raise UnreadableError(f"{member.name} in it is {_describe_refused(error)}.") from error


def _describe_refused(error: Exception) -> str:
    """What a member of an archive is that cannot be unpacked."""
    match error:
        case tarfile.SpecialFileError():
            return "a device"
        case KeyError():
            return "a link to a file that is not there"
        case _:
            return "a path or a link that leads out of the archive"


def _extract_zip(path: Path, folder: Path, limits: ArchiveLimits) -> None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > limits.max_files:
            raise UnreadableError(f"It contains more than {limits.max_files:,} files.")
        # Reading a member ends at the size that its header has, whatever is packed behind it.
        if limits.max_bytes is not None and sum(member.file_size for member in members) > limits.max_bytes:
            raise UnreadableError(TOO_LARGE)
        for member in members:
            if member.flag_bits & ZIP_ENCRYPTED:
                raise UnreadableError("It is encrypted: unpack it first.")
            # Some programs for Windows write its separators, which the rules demand to be slashes.
            if "/" not in member.filename:
                member.filename = member.filename.replace("\\", "/")
            # Names that lead out of the folder are changed so that they do not; links are written as files.
            archive.extract(member, folder)


def _is_tar(file: LogFile) -> bool:
    name = file.display_path
    if ".tar" in name.suffixes or name.suffix in {".tgz", ".txz", ".tzst"}:
        return True
    try:
        with file.path.open("rb") as raw, _decompressed(raw) as stream:
            return stream.read(TAR_MAGIC_OFFSET + len(TAR_MAGIC))[TAR_MAGIC_OFFSET:] == TAR_MAGIC
    except _READ_ERRORS:
        return False  # reported when its lines are read


class _Limited:
    """A file that raises UnreadableError after `max_bytes`, so that a small archive cannot fill the memory or disk."""

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        self._file = file
        self._remaining = max_bytes

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._remaining -= len(data)
        if self._remaining < 0:
            raise UnreadableError(TOO_LARGE)
        return data


class _Beginning:
    """A file that ends after `size` bytes."""

    def __init__(self, file: Readable, size: int) -> None:
        self._file = file
        self._remaining = size

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._remaining if size < 0 else min(size, self._remaining))
        self._remaining -= len(data)
        return data


def is_packed(path: Path) -> bool:
    """Whether a file is compressed, an archive or a database: none of these grows by lines."""
    start = _read_start(path)
    is_archive = start.startswith((*_OPENERS, ZIP_MAGIC)) or start[TAR_MAGIC_OFFSET:].startswith(TAR_MAGIC)
    return is_archive or is_database(path, start)


def _read_start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(1000)
    except OSError:
        return b""  # reported when its lines are read


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
