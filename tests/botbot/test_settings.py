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
    code = "from botbot import embedded, env; env.load(); embedded.prepare()"
    done = python(f"{code}; import botbot.settings; print(' '.join(env.READ))")
    assert done.returncode == 0, done.stderr
    documented = re.findall(
        r"^\| `([A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert documented == sorted(documented)
    assert set(done.stdout.split()) == set(documented)


@pytest.mark.parametrize(("alias", "name"), [("default", "DATABASE_URL"), ("replica", "DATABASE_REPLICA_URL")])
def test_options_in_the_address_are_kept(alias: str, name: str) -> None:
    code = f"from botbot.settings import DATABASES as d; print(d['{alias}']['OPTIONS'])"
    done = python(code, **{name: "postgres://a@b/c?sslmode=require&connect_timeout=3&options=-c%20a.b%3D1"})
    assert "'sslmode': 'require'" in done.stdout
    assert "'connect_timeout': '3'" in done.stdout
    assert "'MAX_CONNS': 8" in done.stdout
    assert "statement_timeout=30s" in done.stdout
    assert "-c a.b=1'" in done.stdout


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


def test_without_an_address_of_a_database_a_command_says_what_to_set(tmp_path: Path) -> None:
    """It must not start a database of its own: the settings of a site may just not have been read."""
    done = manage("migrate", DATABASE_URL="", VAR_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("botbot: DATABASE_URL is not set: ")
    assert "ENVIRONMENT_FILE" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_commands_read_the_file_of_the_services(tmp_path: Path) -> None:
    """As it stands, without a shell that would cut its values off."""
    file = tmp_path / "environment"
    url = "postgres://a@127.0.0.1:1/name of a database?connect_timeout=3&application_name=x"
    file.write_text(f"# settings\nDATABASE_URL={url}\nSITE_NAME=Cats & Dogs # 1\n", encoding="utf-8")
    code = (
        "from django.conf import settings as s; d = s.DATABASES['default']; print(s.SITE_NAME, d['NAME'], d['OPTIONS'])"
    )
    environment = {"ENVIRONMENT_FILE": str(file), "DATABASE_URL": "", "SITE_NAME": ""}
    done = manage("shell", "-v0", "-c", code, **environment)
    assert "Cats & Dogs # 1 name of a database" in done.stdout, done.stderr
    assert "'application_name': 'x'" in done.stdout
    file.write_text("DATABASE_URL=postgres://a@b/c\nexport SITE_NAME=Cats\n", encoding="utf-8")
    done = manage("check", **environment)
    assert done.returncode == 1
    assert f"{file}, line 2, is not understood" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unreachable_database_is_one_sentence() -> None:
    done = manage("showmigrations", DATABASE_URL="postgres://a@127.0.0.1:1/b")
    assert done.returncode == 1
    assert done.stderr.startswith("botbot: the database cannot be reached: ")
    assert done.stderr.count("\n") == 1


def test_the_traceback_is_there_for_those_who_ask() -> None:
    done = manage("showmigrations", "--traceback", DATABASE_URL="postgres://a@127.0.0.1:1/b")
    assert "Traceback" in done.stderr
