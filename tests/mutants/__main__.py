"""`make mutants`: changes the modules that guard privacy, access, exactly-once and live, and says which tests notice.

Cosmic Ray makes the mutants (https://cosmic-ray.readthedocs.io). They are made in a copy of the checkout, so that an
interrupted run leaves nothing behind. Of each module SAMPLE mutants are tried, the same ones in every run.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from botbot.embedded import location
from botbot.embedded.postgres_server import Postgres

ROOT = Path(__file__).resolve().parents[2]
TARGETS = Path(__file__).with_name("targets.toml")
SAMPLE = 40
SEED = 1
TEST_TIMEOUT_SECONDS = 120


class Score(NamedTuple):
    module: str
    tried: int
    survived: list[str]  # diffs


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="parts of the paths of modules; all targets if none is given")
    parser.add_argument(
        "--sample", type=int, default=SAMPLE, help="mutants of each module; 0: all (default: %(default)s)"
    )
    parser.add_argument("--cosmic-ray", default="cosmic-ray", help="the program, in an environment of its own")
    options = parser.parse_args()
    targets = tomllib.loads(TARGETS.read_text(encoding="utf-8"))["target"]
    chosen = [
        target for target in targets if not options.modules or any(part in target["module"] for part in options.modules)
    ]
    if not chosen:
        sys.exit(f"No target has {' or '.join(options.modules)} in its path; they are listed in {TARGETS.name}.")
    with tempfile.TemporaryDirectory(prefix="botbot-mutants-") as folder:
        copy = _copy_checkout(Path(folder))
        static = Path(folder) / "static"
        static.mkdir()
        os.environ["COLLECTED_STATIC_DIR"] = str(static)
        with _database(Path(folder)):
            scores = [_score(target, copy, options) for target in chosen]
    _print(scores)
    return 0


def _copy_checkout(folder: Path) -> Path:
    """What git tracks or would track, as it stands in the working tree."""
    folder.chmod(0o755)
    copy = folder / "checkout"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


@contextmanager
def _database(folder: Path) -> Iterator[None]:
    """One server for all runs of the tests, which would start one each otherwise."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    server = Postgres(location.find(folder), durable=False)
    server.hold()
    os.environ["DATABASE_URL"] = server.url
    try:
        yield
    finally:
        server.release()


def _score(target: dict[str, Any], copy: Path, options: argparse.Namespace) -> Score:
    session = copy / "mutants.sqlite"
    session.unlink(missing_ok=True)
    config = copy / "mutants.toml"
    # A short path: that of a Unix socket has 107 bytes at most.
    runner_socket = copy.parent / "runner"
    config.write_text(
        "[cosmic-ray]\n"
        f'module-path = "{target["module"]}"\n'
        f"timeout = {TEST_TIMEOUT_SECONDS}.0\n"
        "excluded-modules = []\n"
        f'test-command = "{sys.executable} -S {copy}/tests/mutants/fork_client.py {runner_socket}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n',
        encoding="utf-8",
    )
    pytest = ["-x", "-q", "-p", "no:cacheprovider", "--reuse-db", *target["tests"]]
    # Makes the test database as well, and the compiled files of all modules.
    command = [sys.executable, "-m", "pytest", *pytest]
    baseline = subprocess.run(command, cwd=copy, check=False, capture_output=True, text=True)
    if baseline.returncode:
        print(f"The tests of {target['module']} fail without a mutant:\n{baseline.stdout[-3000:]}", flush=True)
        return Score(target["module"], 0, [])
    subprocess.run([options.cosmic_ray, "init", config.name, session.name], cwd=copy, check=True)
    _sample(session, options.sample)
    with _runner(copy, runner_socket, pytest):
        client = [sys.executable, "-S", f"{copy}/tests/mutants/fork_client.py", str(runner_socket)]
        if subprocess.run(client, check=False).returncode:
            sys.exit(f"The tests of {target['module']} fail in a fork without a mutant.")
        subprocess.run([options.cosmic_ray, "exec", config.name, session.name], cwd=copy, check=True)
    with closing(sqlite3.connect(session)) as database:
        rows = database.execute("SELECT test_outcome, worker_outcome, diff FROM work_results").fetchall()
    # A mutant that cannot be made or that changes no code is none.
    tried = [(outcome, diff) for outcome, worker, diff in rows if worker == "NORMAL"]
    survived = [diff for outcome, diff in tried if outcome == "SURVIVED"]
    print(f"{target['module']}: {len(tried) - len(survived)} of {len(tried)} noticed", flush=True)
    return Score(target["module"], len(tried), survived)


@contextmanager
def _runner(copy: Path, listening_at: Path, pytest: list[str]) -> Iterator[None]:
    """The process that runs the tests for each mutant."""
    listening_at.unlink(missing_ok=True)
    module = "tests.mutants.fork_runner"
    # Libraries with plugins of their own are imported before pytest could rewrite their assertions.
    quiet = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    command = [sys.executable, "-m", module, str(listening_at), *quiet, *pytest]
    with subprocess.Popen(command, cwd=copy, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while not listening_at.exists():
                if process.poll() is not None:
                    sys.exit(f"{module} ended by itself.")
                time.sleep(0.1)
            yield
        finally:
            process.kill()


def _sample(session: Path, max_count: int) -> None:
    """Leaves that many mutants in the session, chosen by chance but always the same."""
    with closing(sqlite3.connect(session)) as database, database:
        # Annotations are not evaluated, and decorators of dataclasses only add speed: no test can notice those mutants.
        made = database.execute(
            "SELECT job_id, operator_name FROM mutation_specs"
            " ORDER BY operator_name, start_pos_row, start_pos_col, occurrence"
        )
        jobs = [job for job, operator in made if "BitOr" not in operator and "RemoveDecorator" not in operator]
        random.Random(SEED).shuffle(jobs)
        sampled = jobs[: max_count or None]
        marks = ",".join("?" * len(sampled))
        for table in ("mutation_specs", "work_items"):
            database.execute(f"DELETE FROM {table} WHERE job_id NOT IN ({marks})", sampled)  # noqa: S608


def _print(scores: list[Score]) -> None:
    for score in scores:
        for diff in score.survived:
            print(f"\nSURVIVED in {score.module}\n{diff}")
    print()
    for score in scores:
        noticed = score.tried - len(score.survived)
        print(f"{score.module:45} {noticed:4} of {score.tried:4} {100 * noticed // max(score.tried, 1):4} %")


if __name__ == "__main__":
    sys.exit(main())
