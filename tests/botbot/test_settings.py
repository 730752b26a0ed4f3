"""Every setting is documented, and nothing else; a wrong one ends the start with one sentence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    done = python("import botbot.settings; from botbot.env import READ; print(' '.join(READ))")
    assert done.returncode == 0, done.stderr
    documented = re.findall(
        r"^\| `([A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert documented == sorted(documented)
    assert set(done.stdout.split()) == set(documented)


def test_options_in_the_address_are_kept() -> None:
    code = "from botbot.settings import DATABASES as d; print(d['default']['OPTIONS'])"
    done = python(code, DATABASE_URL="postgres://a@b/c?sslmode=require&connect_timeout=3")
    assert "'sslmode': 'require'" in done.stdout
    assert "'connect_timeout': 3" in done.stdout
    assert "'MAX_CONNS': 8" in done.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("DATABASE_POOL", "0"),
        ("DEBUG", "maybe"),
        ("DATABASE_URL", "mysql://x/y"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_setting_is_one_sentence(name: str, value: str) -> None:
    done = manage("showmigrations", **{name: value})
    assert done.returncode == 1
    assert done.stderr.startswith("botbot: ")
    assert name in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unreachable_database_is_one_sentence() -> None:
    done = manage("showmigrations", DATABASE_URL="postgres://a@127.0.0.1:1/b")
    assert done.returncode == 1
    assert done.stderr.startswith("botbot: the database cannot be reached: ")
    assert done.stderr.count("\n") == 1


def test_the_traceback_is_there_for_those_who_ask() -> None:
    done = manage("showmigrations", "--traceback", DATABASE_URL="postgres://a@127.0.0.1:1/b")
    assert "Traceback" in done.stderr
