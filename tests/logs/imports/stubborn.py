"""Parsers of uploads that misbehave, in the place of the real one: `python -m tests.logs.imports.stubborn KIND`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

from logs.formats import upload_process
from logs.formats.upload_process import UploadRequest


def spin(_path: Path, _output: BinaryIO) -> None:
    while True:
        pass


def sleep(_path: Path, _output: BinaryIO) -> None:
    time.sleep(3600)


def fill_memory(_path: Path, _output: BinaryIO) -> None:
    held = []
    while True:
        held.append(bytearray(10_000_000))


def fill_pipe(_path: Path, output: BinaryIO) -> None:
    while True:
        output.write(b"x" * 1_000_000)


def fill_disk(path: Path, _output: BinaryIO) -> None:
    with (path.parent / "large").open("wb") as file:
        while True:
            file.write(b"x" * 1_000_000)


def crash(_path: Path, _output: BinaryIO) -> None:
    os.abort()


def start_another(_path: Path, _output: BinaryIO) -> None:
    """Start a process, which only root may here, and print its id."""
    upload_process.resource.setrlimit = lambda *_: None  # type: ignore[assignment]
    child = subprocess.Popen(["sleep", "3600"], stdout=subprocess.DEVNULL)
    print(child.pid, file=sys.stderr, flush=True)
    time.sleep(3600)


def stop_early(_path: Path, output: BinaryIO) -> None:
    output.write(b'["2020-01-01T00:00:00+00:00",1,"a"]\n')


KINDS = {
    "busy": spin,
    "asleep": sleep,
    "greedy": fill_memory,
    "talkative": fill_pipe,
    "writing": fill_disk,
    "crashing": crash,
    "parent": start_another,
    "truncating": stop_early,
}


def parse(_request: UploadRequest, path: Path, output: BinaryIO) -> None:
    (path.parent / "left over").write_text("by the parser", encoding="utf-8")
    KINDS[sys.argv[1]](path, output)


upload_process.MAX_CPU_SECONDS = 1 if sys.argv[1] == "busy" else 60
upload_process.MAX_SECONDS = float(os.environ.get("LANG", "3"))  # one of the few variables that are passed
sys.exit(upload_process.run(parse))
