"""`make test`: all test files, distributed to pytest processes that run at once, each with servers of its own.

A process takes the next file from a queue whenever it has finished one, the longest first. pytest-xdist does this in
general, but its workers start threads before gevent patches them, and slipcover measures no processes that it starts.

As a program (`python -m tests.parallel [PROCESSES]`) this module starts the processes, merges their coverage and
prints a summary; as a plugin (`-p tests.parallel`) it is what takes files from the queue inside each of them.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil
import pytest

from tests import prepared
from tests.examples import NIGHTLY

ROOT = Path(__file__).resolve().parent.parent
LONGEST = [
    "tests/deploy/test_installing.py",
    *("tests/bot/test_servers.py", "tests/botbot/test_embedded.py", "tests/botbot/test_run.py"),
    *("tests/logs/views/test_who_sees_what.py", "tests/deploy/test_nginx.py", "tests/browser/test_every_page.py"),
    *("tests/browser/test_every_button.py", "tests/botbot/test_gunicorn.py", "tests/browser/test_access.py"),
    *("tests/bot/test_consent.py", "tests/bot/test_standby.py", "tests/test_kill.py"),
    *("tests/browser/test_search.py", "tests/logs/live/test_clients.py"),
    *("tests/logs/views/api/test_generated_clients.py", "tests/logs/views/api/test_openapi.py"),
    *("tests/logs/test_upgrade.py", "tests/deploy/test_seamless.py", "tests/logs/live/test_leaks.py"),
    *("tests/browser/test_following.py", "tests/botbot/test_realtime.py", "tests/botbot/test_requests.py"),
    *("tests/logs/search/test_results.py", "tests/logs/search/test_words.py", "tests/logs/views/test_fuzz.py"),
    *("tests/bot/test_plugins.py", "tests/bot/test_botstatus.py", "tests/bot/test_bouncer.py"),
]
"""These start first, for one that starts last would run alone at the end. The others follow by size."""
SLOWEST_SHOWN = 10
PROCESSES_PER_CORE, GIGABYTES_PER_PROCESS = 2, 1
"""The memory is that of pytest and of the PostgreSQL, the fork server and the browser that belong to it."""
MIN_PROCESSES, MAX_PROCESSES = 2, 24
"""At most as many as have ports of their own: see tests/processes.py."""
MEMORY = Path("/dev/shm")
GIGABYTES_OF_FILES = 10
"""What the files of all tests need there at most."""
COVERAGE = ["-m", "slipcover", "--branch", "--omit", "*/migrations/*"]
"""Measured by `make test-nightly`: it takes a fifth of the processor time of the tests."""

_queue = Path(os.environ.get("TEST_QUEUE", ""))
_seconds: Counter[str] = Counter()
_failed: set[str] = set()
_files: dict[str, File] = {}


def count_processes() -> int:
    """How many processes to start: tests wait for servers as long as they compute, so that two share a core."""
    cores, gigabytes = len(os.sched_getaffinity(0)), psutil.virtual_memory().available >> 30
    return max(MIN_PROCESSES, min(PROCESSES_PER_CORE * cores, gigabytes // GIGABYTES_PER_PROCESS, MAX_PROCESSES))


def temporary_folder() -> str:
    """Where the tests make their files: in memory, if that has room and programs may run there.

    Hundreds of PostgreSQL clusters are copied and deleted, which takes a disk longer than all else that is done with
    them. Whoever sets TMPDIR decides.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return tempfile.gettempdir()
    found = os.statvfs(MEMORY)
    free = min(found.f_bavail * found.f_frsize, psutil.virtual_memory().available) >> 30
    return str(MEMORY) if free >= 2 * GIGABYTES_OF_FILES and not found.f_flag & os.ST_NOEXEC else tempfile.gettempdir()


def list_files() -> list[str]:
    files = {str(path.relative_to(ROOT)): path.stat().st_size for path in (ROOT / "tests").rglob("test_*.py")}
    first = [file for file in LONGEST if file in files]
    return first + sorted(files.keys() - set(first), key=lambda file: files[file], reverse=True)


def take() -> str | None:
    """The next file of the queue, which no other process gets."""
    with (_queue / "files").open("r+") as queue:
        fcntl.flock(queue, fcntl.LOCK_EX)
        files = json.load(queue)
        taken = files.pop(0) if files else None
        queue.seek(0)
        queue.truncate()
        json.dump(files, queue)
    return taken


class File(pytest.Module):
    """A test file, which is imported by the process that takes it. All files take each process half a minute."""

    is_taken = False

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        return super().collect() if self.is_taken else []


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> File:
    file = File.from_parent(parent, path=module_path)
    _files[str(module_path.relative_to(ROOT))] = file
    return file


def take_items(session: pytest.Session) -> Iterator[pytest.Item]:
    """The items of the files that this process takes. A file that cannot be imported fails the run."""
    while name := take():
        file = _files[name]
        file.is_taken = True
        items = list(session.genitems(file))
        session.config.hook.pytest_collection_modifyitems(session=session, config=session.config, items=items)
        session.items += items  # pytest-django reads there which databases are used
        session.testscollected += len(items)
        yield from items


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    if session.testsfailed:
        raise session.Interrupted(f"{session.testsfailed} errors during collection")
    # The next item is known before an item is run, also across files: fixtures of the session stay as they are.
    items = take_items(session)
    item = next(items, None)
    while item is not None:
        following = next(items, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        item = following
    return True


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _seconds[report.nodeid] += report.duration
    if report.failed:
        _failed.add(report.nodeid)


def pytest_sessionfinish() -> None:
    from tests.fork_server import prevented_by

    for name, content in (("seconds", _seconds), ("failed", sorted(_failed)), ("unforked", prevented_by)):
        (_queue / f"{name}-{os.environ['GROUP']}").write_text(json.dumps(content))


def start(number: int, queue: Path, made: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process with its own database and cache (and coverage), whose output goes to a file of the queue."""
    name = f"test-{number}"
    measured = [*COVERAGE, "--source", "botbot,bot,logs", "--json", "--out", f".coverage.{name}"] if NIGHTLY else []
    options = ["-p", "tests.parallel", "-o", f"cache_dir=.pytest_cache/{name}", "-o", "console_output_style=classic"]
    imported = ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
    env = os.environ | made | {"TEST_QUEUE": str(queue), "GROUP": name}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # with it, each process that a test starts would compile the product again
    with (queue / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, *measured, "-m", "pytest", "-q", *options, *imported],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def sum_by_file(seconds: dict[str, float]) -> dict[str, float]:
    files: Counter[str] = Counter()
    for name, duration in seconds.items():
        files[name.partition("::")[0]] += duration
    return files


def print_slowest(seconds: dict[str, float]) -> None:
    for name, taken in sorted(seconds.items(), key=lambda item: item[1], reverse=True)[:SLOWEST_SHOWN]:
        print(f"{taken:6.1f} s  {name}")


def print_unforked(counts: Counter[str]) -> None:
    """What made processes start the usual way, which takes seconds of processor time: see tests/fork_server.py."""
    for name, count in counts.most_common():
        print(f"{count:4} processes were started anew, and not forked, because of {name}")


def report(seconds: dict[str, float], failed: list[str], codes: list[int]) -> None:
    """Prints what the tests leave uncovered, if measured; the slowest files (for LONGEST), tests, and failures.

    What failed comes last: of a long output often only the end is kept.
    """
    if measured := sorted(str(path) for path in ROOT.glob(".coverage.test-*")):
        shown = ["--skip-covered", "--missing-width", "40", "--out", ".coverage.json"]
        subprocess.run([sys.executable, *COVERAGE, *shown, "--merge", *measured], cwd=ROOT, check=False)
    print_slowest(sum_by_file(seconds))
    print_slowest(seconds)
    for name in failed:
        print(f"FAILED    {name}")
    for number, code in enumerate(codes):
        if code and (code != pytest.ExitCode.TESTS_FAILED or not failed):
            print(f"process {number} ended with {code}")


def main(processes: int) -> int:
    """Runs all tests; returns the exit code."""
    started_at = time.monotonic()
    for old in ROOT.glob(".coverage.*"):
        old.unlink()
    os.environ["TMPDIR"] = temporary_folder()
    with tempfile.TemporaryDirectory(prefix="botbot-queue-", dir=os.environ["TMPDIR"]) as folder:
        queue = Path(folder)
        queue.chmod(0o711)  # PostgreSQL runs as another user than root
        (queue / "files").write_text(json.dumps(list_files()))
        made = prepared.make(queue)
        running = [start(number, queue, made) for number in range(processes)]
        codes = [process.wait() for process in running]
        for number in range(processes):
            print((queue / f"test-{number}.log").read_text(encoding="utf-8", errors="replace"))
        seconds: dict[str, float] = {}
        for path in queue.glob("seconds-*"):
            seconds |= json.loads(path.read_text())
        unforked: Counter[str] = Counter()
        for path in queue.glob("unforked-*"):
            unforked.update(json.loads(path.read_text()))
        failed = sorted(name for path in queue.glob("failed-*") for name in json.loads(path.read_text()))
    print_unforked(unforked)
    report(seconds, failed, codes)
    duration = time.monotonic() - started_at
    outcome = "FAILED" if any(codes) else "passed"
    print(f"{len(seconds)} tests in {duration // 60:.0f} min {duration % 60:.0f} s: {outcome}")
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else count_processes()))
