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
    survivors: list[str]  # diffs


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
    command = f"{sys.executable} -m pytest -x -q -p no:cacheprovider --reuse-db {' '.join(target['tests'])}"
    config.write_text(
        "[cosmic-ray]\n"
        f'module-path = "{target["module"]}"\n'
        f"timeout = {TEST_TIMEOUT_SECONDS}.0\n"
        "excluded-modules = []\n"
        f'test-command = "{command}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n',
        encoding="utf-8",
    )
    baseline = subprocess.run(command.split(), cwd=copy, check=False, capture_output=True, text=True)
    if baseline.returncode:
        sys.exit(f"The tests of {target['module']} fail without a mutant:\n{baseline.stdout[-3000:]}")
    subprocess.run([options.cosmic_ray, "init", config.name, session.name], cwd=copy, check=True)
    _sample(session, options.sample)
    subprocess.run([options.cosmic_ray, "exec", config.name, session.name], cwd=copy, check=True)
    with closing(sqlite3.connect(session)) as database:
        rows = database.execute("SELECT test_outcome, worker_outcome, diff FROM work_results").fetchall()
    # A mutant that cannot be made or that changes no code is none.
    tried = [(outcome, diff) for outcome, worker, diff in rows if worker == "NORMAL"]
    survivors = [diff for outcome, diff in tried if outcome == "SURVIVED"]
    print(f"{target['module']}: {len(tried) - len(survivors)} of {len(tried)} noticed", flush=True)
    return Score(target["module"], len(tried), survivors)


def _sample(session: Path, most: int) -> None:
    """Leaves that many mutants in the session, chosen by chance but always the same."""
    with closing(sqlite3.connect(session)) as database, database:
        # Annotations are not evaluated, and decorators of dataclasses only add speed: no test can notice those mutants.
        made = database.execute(
            "SELECT job_id, operator_name FROM mutation_specs"
            " ORDER BY operator_name, start_pos_row, start_pos_col, occurrence"
        )
        jobs = [job for job, operator in made if "BitOr" not in operator and "RemoveDecorator" not in operator]
        random.Random(SEED).shuffle(jobs)
        keep = jobs[: most or None]
        marks = ",".join("?" * len(keep))
        for table in ("mutation_specs", "work_items"):
            database.execute(f"DELETE FROM {table} WHERE job_id NOT IN ({marks})", keep)  # noqa: S608


def _print(scores: list[Score]) -> None:
    for score in scores:
        for diff in score.survivors:
            print(f"\nSURVIVED in {score.module}\n{diff}")
    print()
    for score in scores:
        noticed = score.tried - len(score.survivors)
        print(f"{score.module:45} {noticed:4} of {score.tried:4} {100 * noticed // max(score.tried, 1):4} %")


if __name__ == "__main__":
    sys.exit(main())
