"""Parses uploads in a process of their own, with limits, while the web worker serves others.

logs/formats/upload_process.py is that process. Here it is started, fed and waited for; its output goes to an unnamed
temporary file of bounded size, from which the items of each file are read. However the process ends, the result is
either complete or an UnreadableError with a sentence.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, cast

import gevent

from logs.formats.log_format import Item, LogLine
from logs.formats.numbered_lines import TOO_LARGE, UnreadableError
from logs.formats.upload_process import (
    EXIT_TIME,
    MAX_OUTPUT_BYTES,
    MAX_SECONDS,
    OFFSET_DIGITS,
    SOURCE_RECORD,
    ItemDecoder,
    UploadRequest,
)

COMMAND = [sys.executable, "-m", "logs.formats.upload_process"]
ROOT = Path(__file__).resolve().parent.parent.parent
PASSED_VARIABLES = ("PATH", "PYTHONPATH", "TMPDIR", "LANG", "TZ", "LD_LIBRARY_PATH")
"""The only environment that the process gets: it needs no secrets."""

READ_BYTES = 64 * 1024
GRACE_SECONDS = 5.0
"""How long the process may take to end by itself after its deadline, or after its input was closed."""

TOO_SLOW = "Reading it takes too long for this page: an administrator can import it."
CRASHED = "It cannot be read."


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One file of an upload, as PlannedFile describes it. `broken`: why it could not be parsed to its end."""

    name: str
    size: int
    format: str
    reason: str
    question: str
    error: str
    sample: Sequence[LogLine]
    says: str
    warning: str
    broken: str
    _output: BinaryIO
    _start: int
    _end: int

    def items(self, on_source: Callable[[str], object] = lambda _: None) -> Iterator[Item]:
        """The items of the file; UnreadableError at their end if it could not be parsed to its end.

        `on_source` gets the text from which the next item was parsed, "" where it is not known.
        """
        decoder = ItemDecoder()
        self._output.seek(self._start)
        remaining = self._end - self._start
        while remaining > 0:
            line = self._output.readline()
            remaining -= len(line)
            first, *fields = json.loads(line)
            if first == SOURCE_RECORD:
                on_source(fields[0])
                continue
            yield decoder.from_fields(first, fields)
            on_source("")
        if self.broken:
            raise UnreadableError(self.broken)


@contextmanager
def parse_in_sandbox(request: UploadRequest, content: bytes) -> Iterator[list[ParsedFile]]:
    """Parse an upload; its files can be read inside the context. UnreadableError if it cannot be read as a whole."""
    with TemporaryFile(prefix="botbot-parsed-") as output:
        _run(request, content, output)
        yield _read_summary(output)


def _run(request: UploadRequest, content: bytes, output: IO[bytes]) -> None:
    environment = {name: os.environ[name] for name in PASSED_VARIABLES if name in os.environ} | {"PYTHONUTF8": "1"}
    # Under gevent the module's pipes and waits let other greenlets run.
    with subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A session of its own: a signal to the site's process group must not keep it from cleaning up.
        start_new_session=True,
    ) as process:
        try:
            code = _exchange(process, request.encode() + content, output)
        finally:
            _end(process)
    if code:
        raise UnreadableError(TOO_SLOW if code == EXIT_TIME else CRASHED)


def _exchange(process: subprocess.Popen[bytes], data: bytes, output: IO[bytes]) -> int:
    """Send the request and receive the result; return the exit code."""
    source, sink = cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stdin)
    # The process keeps its deadline itself; this one is for the case that it was stopped.
    with gevent.Timeout(MAX_SECONDS + GRACE_SECONDS, UnreadableError(TOO_SLOW)):
        with suppress(BrokenPipeError):  # it ended: its exit code says why
            sink.write(data)
            sink.flush()
        size = 0
        # Standard input stays open: its end would tell the process that this one is gone.
        while block := source.read(READ_BYTES):
            size += len(block)
            if size > 2 * MAX_OUTPUT_BYTES:
                raise UnreadableError(TOO_LARGE)
            output.write(block)
            gevent.sleep(0)
        return process.wait()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Have the process clean up and end; kill it if it does not."""
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            cast("IO[bytes]", pipe).close()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _read_summary(output: BinaryIO) -> list[ParsedFile]:
    try:
        output.seek(-OFFSET_DIGITS, os.SEEK_END)
        end, offset = output.tell(), int(output.read())
        output.seek(offset)
        summary = json.loads(output.read(end - offset))
    except (OSError, ValueError):
        raise UnreadableError(CRASHED) from None
    if "error" in summary:
        raise UnreadableError(summary["error"])
    return [_read_file(fields, output) for fields in summary["files"]]


def _read_file(fields: dict[str, Any], output: BinaryIO) -> ParsedFile:
    decoder = ItemDecoder()
    sample = [decoder.from_fields(first, rest) for first, *rest in fields.pop("sample")]
    start, end = fields.pop("start"), fields.pop("end")
    lines = [item for item in sample if isinstance(item, LogLine)]
    return ParsedFile(**fields, sample=lines, _output=output, _start=start, _end=end)
