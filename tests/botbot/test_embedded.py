"""The embedded PostgreSQL: made, shared, killed and started again, as root and as nobody."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest

from botbot.embedded import place
from botbot.embedded.place import EmbeddedError
from botbot.embedded.postgres import Postgres
from tests.processes import ROOT, wait_for

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def var() -> Iterator[Path]:
    """A VAR_DIR that everybody may pass through, as a project's is outside a private home."""
    folder = Path(tempfile.mkdtemp(prefix="botbot test "))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def select(server: Postgres, sql: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(server.url)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        connection.commit()
        return cursor.fetchall() if cursor.description else []


def test_the_last_to_leave_stops_it(var: Path) -> None:
    one, two = Postgres(place.find(var)), Postgres(place.find(var))
    one.hold()
    two.hold()
    pid = one.pid()
    assert pid == two.pid()
    one.release()
    assert select(two, "SELECT 1") == [(1,)]
    two.release()
    assert two.pid() is None


def test_data_stays_from_one_start_to_the_next(var: Path) -> None:
    server = Postgres(place.find(var))
    server.hold()
    select(server, "CREATE TABLE kept AS SELECT 7 AS number")
    server.release()
    again = Postgres(place.find(var))
    again.hold()
    assert select(again, "SELECT number FROM kept") == [(7,)]
    again.release()


def test_a_killed_server_comes_up_with_its_data(var: Path) -> None:
    server = Postgres(place.find(var))
    server.hold()
    select(server, "CREATE TABLE kept AS SELECT 7 AS number")
    pid = server.pid()
    assert pid
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=10)
    server.release()
    again = Postgres(place.find(var))
    again.hold()
    assert select(again, "SELECT number FROM kept") == [(7,)]
    again.release()


def test_a_process_number_that_now_belongs_to_another_program_is_no_server(var: Path) -> None:
    server = Postgres(place.find(var))
    server.hold()
    server.release()
    left = server.data / "postmaster.pid"
    left.write_text(f"{os.getpid()}\n{server.data}\n1\n5432\n{server.place.socket}\n\n")
    again = Postgres(place.find(var))
    again.hold()
    assert select(again, "SELECT 1") == [(1,)]
    again.release()


def test_processes_that_start_at_once_share_one_server(var: Path) -> None:
    code = "print(psycopg2.connect(os.environ['DATABASE_URL']).server_version)"
    environment = os.environ | {"VAR_DIR": str(var), "DATABASE_URL": ""}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", f"from botbot.embedded import prepare; prepare(); import os, psycopg2; {code}"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    ended = [(process, *process.communicate(timeout=120)) for process in started]
    assert [process.returncode for process, _, _ in ended] == [0] * 4, [said for _, _, said in ended]
    assert len({version for _, version, _ in ended}) == 1
    assert Postgres(place.find(var)).pid() is None


def test_a_very_long_path_works(var: Path) -> None:
    deep = var / ("x" * 60) / ("y" * 60)
    server = Postgres(place.find(deep))
    server.hold()
    assert select(server, "SELECT 1") == [(1,)]
    server.release()
    shutil.rmtree(server.place.socket)


def test_no_directory_that_was_there_is_changed_and_no_user_added(var: Path) -> None:
    users = Path("/etc/passwd").read_bytes()
    before = {folder: folder.stat().st_mode for folder in (var, *var.parents)}
    server = Postgres(place.find(var))
    server.hold()
    server.release()
    assert {folder: folder.stat().st_mode for folder in before} == before
    assert Path("/etc/passwd").read_bytes() == users


def test_nothing_listens_on_the_network_and_a_password_is_wanted(var: Path) -> None:
    server = Postgres(place.find(var))
    server.hold()
    pid = server.pid()
    assert pid
    assert not [
        c for process in (psutil.Process(pid), *psutil.Process(pid).children()) for c in process.net_connections("inet")
    ]
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(host=str(server.place.socket), port=server.place.port, user="botbot", password="wrong")
    server.release()


def test_a_folder_of_somebody_else_is_refused_in_a_sentence(var: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make such a folder")
    (var / "postgres").mkdir()
    os.chown(var / "postgres", 12345, 12345)
    with pytest.raises(EmbeddedError, match="belongs to another user"):
        place.find(var)


@needs_root
def test_root_in_a_private_home_keeps_the_data_elsewhere(var: Path) -> None:
    private = var / "home"
    private.mkdir(mode=0o700)
    found = place.find(private / "var")
    assert place.SYSTEM in found.folder.parents
    server = Postgres(found)
    server.hold()
    assert select(server, "SELECT 1") == [(1,)]
    pid = server.pid()
    assert pid
    assert psutil.Process(pid).username() == "nobody"
    server.release()
    shutil.rmtree(found.folder)
    assert private.stat().st_mode & 0o777 == 0o700


def test_a_database_url_that_is_set_is_left_alone(var: Path) -> None:
    code = "from botbot.embedded import prepare; prepare(); import os; print(os.environ['DATABASE_URL'])"
    environment = os.environ | {"VAR_DIR": str(var), "DATABASE_URL": "postgres://ann@db.example/logs"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "postgres://ann@db.example/logs"
    assert not (var / "postgres").exists()


def test_every_command_starts_it_and_leaves_it_stopped(var: Path) -> None:
    environment = os.environ | {"VAR_DIR": str(var), "DATABASE_URL": "", "SECRET_KEY": ""}
    command = [sys.executable, "manage.py", "migrate", "-v0"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (var / "secret-key").stat().st_mode & 0o777 == 0o600
    assert Postgres(place.find(var)).pid() is None


def test_a_holder_that_is_killed_leaves_the_server_to_the_next(var: Path) -> None:
    environment = os.environ | {"VAR_DIR": str(var), "DATABASE_URL": ""}
    code = "from botbot.embedded import prepare; prepare(); print('up', flush=True); import time; time.sleep(100)"
    held = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert held.stdout
    assert held.stdout.readline() == b"up\n"
    held.send_signal(signal.SIGKILL)
    held.wait()
    held.stdout.close()
    server = Postgres(place.find(var))
    assert wait_for(server.pid)
    server.hold()
    assert select(server, "SELECT 1") == [(1,)]
    server.release()
    assert server.pid() is None
