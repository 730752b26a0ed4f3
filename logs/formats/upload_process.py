"""The process that parses an upload: `python -m logs.formats.upload_process`. logs/imports/sandbox.py starts it.

It consists of two processes, because what parses a stranger's file must not be what cleans up after it:

- The *supervisor* reads the request and the file from standard input into a temporary folder, and starts the *parser*.
  It kills the parser and all its children at the deadline, or when standard input ends, which the web worker keeps open
  as long as it lives. Then it removes the folder. Its exit code says how the parser ended.
- The *parser* runs with limits of CPU, memory, file size, open files and processes, and is killed with the supervisor.
  It knows neither the database nor the site's secrets.

Request: one line of JSON (`UploadRequest`), followed by the file's bytes. Result, on standard output: the items of all
files, one JSON array a line (`encode_item`), some after an array with the text from which they were parsed; then one
JSON object, the summary; then the summary's offset in 20 digits.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from logs.formats.clock import zone_named
from logs.formats.encodings import LineDecoder
from logs.formats.file_names import day_in_path
from logs.formats.log_files import ArchiveLimits, open_log_files
from logs.formats.log_format import (
    FilledLines,
    Item,
    LogLine,
    MissingTime,
    NumberedLine,
    ParseContext,
    ReplyDecision,
    UnparsedLine,
)
from logs.formats.numbered_lines import UnreadableError
from logs.formats.plan import ImportOptions, PlannedFile, plan_files
from logs.formats.registry import FORMATS
from logs.text.encodings import find_encoding

MAX_UNPACKED_BYTES = 20_000_000
MAX_LINES = 400_000
MAX_FILES = 2_000
MAX_OUTPUT_BYTES = 100_000_000
MAX_SECONDS = 25.0
MAX_CPU_SECONDS = 15
MAX_MEMORY_BYTES = 512 * 1024 * 1024
MAX_FILE_BYTES = 2 * MAX_UNPACKED_BYTES
MAX_OPEN_FILES = 256

SOURCE_RECORD, SOURCES_PER_KIND, MAX_SOURCE_CHARACTERS = "from", 20, 300
"""A record that holds the text of a line of the file, from which the next item was parsed."""

OFFSET_DIGITS = 20
POLL_SECONDS = 0.05
FOLDER_PREFIX = "botbot-upload-"

EXIT_TIME, EXIT_CRASH = 3, 4
"""Exit codes of the supervisor: the parser took too long, or ended without a result."""

_PR_SET_PDEATHSIG = 1  # prctl(2)


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """What to parse, and how: the arguments of ImportOptions as text, or "" for what is to be detected."""

    name: str
    size: int
    network: str
    channel: str
    format: str = ""
    timezone: str = ""
    encoding: str = ""

    def encode(self) -> bytes:
        return json.dumps(asdict(self)).encode("ascii") + b"\n"


Parse = Callable[[UploadRequest, Path, BinaryIO], None]


def parse_upload(request: UploadRequest, path: Path, output: BinaryIO) -> None:
    """Write the result of parsing the file at the path: its items, the summary, and the summary's offset."""
    written = 0

    def write(record: object) -> None:
        nonlocal written
        # Halves of surrogate pairs, which JSON can contain, become question marks: nothing can store or show them.
        data = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        written += len(data)
        if written > MAX_OUTPUT_BYTES:
            raise UnreadableError("It is too large when unpacked.")
        output.write(data)

    summary: dict[str, Any]
    try:
        summary = {"files": _parse_files(request, path, write, lambda: written)}
    except UnreadableError as error:
        summary = {"error": str(error).removeprefix(f"{path}: ")}
    except MemoryError:
        summary = {"error": "Reading it takes more memory than this page allows."}
    offset, written = written, 0
    write(summary)
    output.write(b"%0*d" % (OFFSET_DIGITS, offset))
    output.flush()


def _parse_files(
    request: UploadRequest, path: Path, write: Callable[[object], None], tell: Callable[[], int]
) -> list[dict[str, Any]]:
    zone = zone_named(request.timezone) if request.timezone else None
    options = ImportOptions(request.network, request.channel, FORMATS.get(request.format), zone)
    options = replace(options, encoding=find_encoding(request.encoding) if request.encoding else None)
    files = []
    limits = ArchiveLimits(MAX_UNPACKED_BYTES, MAX_FILES, MAX_LINES)
    with open_log_files([path], limits, PurePath(request.name)) as log_files:
        for planned in plan_files(log_files, options):
            start, error = tell(), ""
            try:
                for record in _parse_items(planned, options):
                    write(record)
            except UnreadableError as unreadable:
                if tell() > MAX_OUTPUT_BYTES:
                    raise
                error = str(unreadable)
            files.append(_describe(planned) | {"start": start, "end": tell(), "broken": error})
    return files


def _parse_items(planned: PlannedFile, options: ImportOptions) -> Iterator[list[Any]]:
    """The encoded items of a file; before the first lines of each kind the text from which they were parsed."""
    if planned.format:
        context = ParseContext(options.zone or UTC, day_in_path(planned.file.display_path))
        decoder = LineDecoder(planned.file.encoding)
        current = ""

        def track_lines() -> Iterator[NumberedLine]:
            nonlocal current
            for line in planned.file.lines(decoder=decoder):
                current = line[1]
                yield line

        shown: Counter[int] = Counter()
        for item in planned.format.parse(track_lines(), context):
            if type(item) is LogLine and shown[item.kind] < SOURCES_PER_KIND:
                shown[item.kind] += 1
                yield [SOURCE_RECORD, current[:MAX_SOURCE_CHARACTERS]]
            yield encode_item(item)
        if doubt := decoder.doubt():
            raise UnreadableError(doubt.describe())


def _describe(planned: PlannedFile) -> dict[str, Any]:
    return {
        "name": str(planned.file.display_path),
        "size": planned.file.size,
        "format": planned.format.name if planned.format else "",
        "reason": planned.reason,
        "question": planned.question,
        "error": planned.error,
        "sample": [encode_item(line) for line in planned.sample],
        "says": planned.says,
        "warning": planned.warning,
    }


_NAMES: dict[type, str] = {UnparsedLine: "unparsed", MissingTime: "gap", FilledLines: "filled", ReplyDecision: "reply"}
_TYPES: dict[str, Callable[..., Item]] = {name: kind for kind, name in _NAMES.items()}


def encode_item(item: Item) -> list[Any]:
    """An item as a JSON array: the fields of a line without the empty ones at its end, or a name and fields."""
    fields = [field.isoformat() if isinstance(field, datetime) else field for field in item]
    if not isinstance(item, LogLine):
        return [_NAMES[type(item)], *fields]
    while fields[-1] is None:
        fields.pop()
    return fields


class ItemDecoder:
    """Decodes items; lines of one time share the object, from which loading them profits."""

    def __init__(self) -> None:
        self._stamp = ""
        self._at = datetime.min.replace(tzinfo=UTC)

    def decode(self, line: bytes | str) -> Item:
        first, *fields = json.loads(line)
        return self.from_fields(first, fields)

    def from_fields(self, first: str, fields: list[Any]) -> Item:
        if first in _TYPES:
            if first == "gap":
                fields[:2] = [value and datetime.fromisoformat(value) for value in fields[:2]]
            return _TYPES[first](*fields)
        if first != self._stamp:
            self._stamp, self._at = first, datetime.fromisoformat(first)
        if len(fields) == len(LogLine._fields) - 1:
            fields[-1] = tuple(fields[-1])
        return LogLine(self._at, *fields)


def run(parse: Parse = parse_upload) -> int:
    """Supervise a parser, from the request on standard input to the removal of its folder; return the exit code."""
    deadline = time.monotonic() + MAX_SECONDS
    source = sys.stdin.buffer
    request = UploadRequest(**json.loads(source.readline()))
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
    parser = 0
    try:
        path = folder / "upload"
        with path.open("wb") as file:
            file.write(source.read(request.size))
        supervisor = os.getpid()
        parser = os.fork()
        if parser == 0:
            _be_parser(parse, request, path, supervisor)
        return _watch(parser, deadline)
    finally:
        if parser:
            # Its children are in its process group. The parser itself may be gone already.
            with suppress(ProcessLookupError):
                os.killpg(parser, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def _watch(parser: int, deadline: float) -> int:
    """Wait for the parser's end, the deadline, or the end of standard input; kill the parser in the last two cases."""
    while True:
        ended, status = os.waitpid(parser, os.WNOHANG)
        if ended:
            is_too_slow = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU
            return EXIT_TIME if is_too_slow else EXIT_CRASH if status else 0
        # Nothing follows the file: input that can be read is its end, which means that the web worker is gone.
        readable, _, _ = select.select([sys.stdin.fileno()], [], [], POLL_SECONDS)
        if readable or time.monotonic() > deadline:
            with suppress(ProcessLookupError):
                os.killpg(parser, signal.SIGKILL)
            # The parser may not have made its group yet.
            with suppress(ProcessLookupError):
                os.kill(parser, signal.SIGKILL)
            os.waitpid(parser, 0)
            return EXIT_TIME


def _be_parser(parse: Parse, request: UploadRequest, path: Path, supervisor: int) -> None:
    """Run in the forked process, which never returns from here."""
    code = 1
    try:
        os.setsid()
        _exit_with(supervisor)
        limit_resources()
        os.chdir(path.parent)
        # SQLite's temporary files, too.
        tempfile.tempdir = os.environ["TMPDIR"] = str(path.parent)
        with os.fdopen(os.dup(1), "wb", buffering=256 * 1024) as output:
            parse(request, path, output)
        code = 0
    finally:
        os._exit(code)


def _exit_with(supervisor: int) -> None:
    """Have the kernel kill this process when the supervisor ends. Only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:  # it ended before the call
            os._exit(1)


def limit_resources() -> None:
    """Limit this process for the rest of its life."""
    limits = {
        resource.RLIMIT_CPU: MAX_CPU_SECONDS,
        resource.RLIMIT_AS: MAX_MEMORY_BYTES,
        resource.RLIMIT_FSIZE: MAX_FILE_BYTES,
        resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
        # No further processes and threads. The kernel does not apply this one to root.
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, wanted in limits.items():
        hard = resource.getrlimit(limit)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        # The hard limit stays above: SIGXCPU comes at the soft one, and at the hard one SIGKILL, which says less.
        resource.setrlimit(limit, (value, hard if limit == resource.RLIMIT_CPU else value))
    os.nice(10)


if __name__ == "__main__":
    sys.exit(run())
