"""`make run`, as a person starts it, ends it and has it end: the database, the demo network, the bot and the web."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPException
from pathlib import Path

import psutil
import psycopg2
import pytest

from logs.models import Channel, Network
from tests.botbot.var_processes import describe_processes, processes_of, remaining_processes
from tests.ircd import Client
from tests.logs.live.reader import Reader
from tests.processes import PATIENCE, ROOT, Process, Site, free_port, wait_for

COMMAND = [sys.executable, "-m", "botbot.embedded"]
DEMO = "/demo/demo/"
SPEAKERS = re.compile(r"good morning everyone|does it know mIRC|back\. what did I miss|point taken|as they should be")
BOT_IS_IN = re.compile(r" 353 .*\bbotbot\b|^:botbot!\S+ JOIN ")


class Run(Site):
    """The launcher with all that it starts. Its address is printed once it runs."""

    def __init__(self, var: Path, **env: str) -> None:
        self.var = var
        self.port = free_port()
        self.demo_port = 0
        settings = {"VAR_DIR": str(var), "PORT": str(self.port), "DATABASE_URL": "", "SECRET_KEY": ""}
        Process.__init__(self, COMMAND, settings | env, var.with_name(f"{var.name}-{self.port}.log"))

    def start(self) -> None:
        """Returns once it has printed its address."""
        Process.start(self)
        wait_for(self._greeting, 60, "the address is printed")

    def _greeting(self) -> bool:
        assert self.running(), self.output()
        found = re.search(rf"BotBot runs:  http://127.0.0.1:{self.port}/\n(?:.*\n)+?.* port (\d+) ", self.output())
        self.demo_port = int(found[1]) if found else 0
        return found is not None

    def shows(self, text: str) -> bool:
        return text in self.get(DEMO)

    def end(self, number: int, *, group: bool) -> int | None:
        """Asks it to end, waits until it has, and returns the exit code."""
        (os.killpg if group else os.kill)(self.pid, number)
        assert self._popen
        code = self._popen.wait(10 * PATIENCE)
        self._popen = None
        return code

    def kill(self) -> None:
        """SIGKILL to every process there is, at once."""
        kill_all(self.var)
        if self._popen:
            self._popen.wait(10)
            self._popen = None


def kill_all(var: Path) -> None:
    remaining = processes_of(var)
    for process in remaining:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(remaining, timeout=60)


def end_all(var: Path) -> None:
    """Fails if anything still runs with the folder, and kills it."""
    remaining = remaining_processes(var)
    kill_all(var)
    assert remaining == []


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that everybody may pass through, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="botbot-run-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def var(folder: Path) -> Iterator[Path]:
    """A VAR_DIR, with what earlier tests left in it as yesterday's; nothing may run with it when a test is over."""
    yield folder / "var"
    end_all(folder / "var")


@pytest.fixture(scope="module")
def run(folder: Path) -> Iterator[Run]:
    """One that runs for all tests that want only to look."""
    running = Run(folder / "shared")
    try:
        running.start()
        yield running
        assert running.end(signal.SIGTERM, group=False) == 0
    finally:
        print(running.output())  # pytest shows it when the test fails
        end_all(folder / "shared")


def say(run: Run, text: str) -> None:
    """Somebody with a client of their own says it in #demo, and the page shows it."""
    with Client("127.0.0.1", run.demo_port, "visitor") as client:
        client.join("#Demo")
        wait_for(lambda: any(BOT_IS_IN.search(line) for line in client.lines), 30, "the bot is in the channel")
        client.say("#demo", text)
        wait_for(lambda: run.shows(text), 10, "what was said is in the page")


def ended(var: Path, **env: str) -> str:
    """What it says that ends by itself, with exit code 1, before anything runs."""
    settings = {"VAR_DIR": str(var), "PORT": str(free_port()), "DATABASE_URL": "", "SECRET_KEY": ""} | env
    done = subprocess.run(
        COMMAND, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("botbot: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


# While it runs.


def test_the_address_that_it_prints_shows_people_talking(run: Run) -> None:
    assert "/demo/demo/" in run.get("/")
    wait_for(lambda: SPEAKERS.search(run.get(DEMO)), 30, "the speakers are in the page")
    with Reader(run.port, Channel(network=Network(name="demo"), name="#demo")) as reader:
        while reader.next(20).name != "line":
            pass


def test_who_joins_with_a_client_is_logged(run: Run) -> None:
    say(run, "hello from a client of my own")


def test_a_channel_is_added_from_a_client_as_the_terminal_says(run: Run) -> None:
    assert "/join #mine, then /invite botbot #mine" in run.output()
    with Client("127.0.0.1", run.demo_port, "founder") as founder:
        founder.join("#mine")
        wait_for(lambda: "/demo/demo/" in run.get("/"), 30, "the bot is on the network")
        founder.send("INVITE botbot #mine")
        notice = founder.read_until("for its owners only", 30)
        assert f"127.0.0.1:{run.port}/demo/mine/" in notice
        founder.send(f"TOPIC #mine :{notice.partition('the topic says: ')[2]}")
        wait_for(lambda: "/demo/mine/" in run.get("/"), 30, "the topic has opened the log")
        founder.say("#mine", "first words in a log of my own")
        wait_for(lambda: "first words in a log" in run.get("/demo/mine/"), 30, "the log has them")


def test_commands_in_a_second_terminal_use_its_database(run: Run) -> None:
    environment = os.environ | {"VAR_DIR": str(run.var), "DATABASE_URL": "", "SECRET_KEY": ""}
    command = [sys.executable, "manage.py", "addchannel", f"irc://127.0.0.1:{run.demo_port}/#second", "--network=demo"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert f"http://127.0.0.1:{run.port}/demo/second/" in done.stdout


def test_a_port_in_use_is_named(run: Run, var: Path) -> None:
    output = ended(var, PORT=str(run.port))
    assert f"Port {run.port} is in use" in output
    assert f"PORT={run.port + 1} make run" in output


def test_a_second_one_with_the_same_folder_leaves_the_first_alone(run: Run) -> None:
    assert "runs already" in ended(run.var)
    say(run, "nothing has changed here")


# Where it cannot run.


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("PORT", "many", "PORT='many' is not a whole number"),
        ("PORT", "70000", "PORT=70000 is out of range"),
        ("DATABASE_URL", "mysql://here/there", "DATABASE_URL needs an address such as postgres://"),
        ("DATABASE_URL", "postgres://user@127.0.0.1:1/none", "cannot be reached"),
        ("DATABASE_URL", "postgres://user@database.invalid/none", "cannot be reached"),
        ("VAR_DIR", "/dev/null/var", "/dev/null/var"),
    ],
)
def test_what_cannot_be_used_is_reported_in_one_sentence(var: Path, name: str, value: str, part: str) -> None:
    assert part in ended(var, **{name: value})


def test_a_database_of_ones_own_is_used_alone(var: Path, own_database: str) -> None:
    mine = var.with_name("mine")
    with Run(mine, DATABASE_URL=own_database) as run:
        wait_for(lambda: SPEAKERS.search(run.get(DEMO)), 30, "the speakers are in the page")
        assert not (mine / "postgres").exists()
        done = subprocess.run(
            [sys.executable, "manage.py", "check"],
            cwd=ROOT,
            env=os.environ | {"VAR_DIR": str(mine), "DATABASE_URL": ""},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "DATABASE_URL is not set" in done.stderr
        assert "runs already with this database" in ended(var, DATABASE_URL=own_database)
        assert run.end(signal.SIGINT, group=True) == 0
    assert remaining_processes(mine) == []


@pytest.fixture
def own_database() -> Iterator[str]:
    """The address of an empty database beside the tests' own."""
    server = os.environ["DATABASE_URL"]
    with closing(psycopg2.connect(server)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE IF EXISTS run")
            cursor.execute("CREATE DATABASE run")
            yield server.rpartition("/")[0] + "/run"
            cursor.execute("DROP DATABASE run WITH (FORCE)")


# How it ends.


def test_it_ends_with_ctrl_c_and_goes_on_with_its_data_even_when_killed(var: Path) -> None:
    with Run(var) as first:
        say(first, "said before Ctrl-C")
        assert first.end(signal.SIGINT, group=True) == 0
        assert remaining_processes(var) == []
        assert "Traceback" not in first.output()
    with Run(var) as second:
        say(second, "said before the kill")
        second.kill()
    with Run(var) as third:
        assert third.shows("said before Ctrl-C")
        assert third.shows("said before the kill")
        assert third.end(signal.SIGINT, group=False) == 0
        assert remaining_processes(var) == []


@pytest.mark.parametrize(
    ("number", "group", "seconds"),
    [(signal.SIGINT, True, 0.8), (signal.SIGTERM, False, 1.5), (signal.SIGINT, False, 2.2), (signal.SIGTERM, True, 3)],
)
def test_it_ends_also_while_it_is_starting(var: Path, number: int, seconds: float, *, group: bool) -> None:
    run = Run(var)
    Process.start(run)
    time.sleep(seconds)
    assert run.end(number, group=group) in {0, 128 + number, -number}, run.output()
    end_all(var)


def test_a_closed_terminal_ends_it(var: Path) -> None:
    run = Run(var)
    run.command = [sys.executable, "-c", f"import pty; pty.spawn({COMMAND!r})"]
    run.start()
    os.kill(run.pid, signal.SIGKILL)  # as when the window is closed: the terminal's other side is gone
    wait_for(lambda: processes_of(var) == [], 10, "all has ended")
    run.stop()


def test_it_ends_when_its_output_is_closed(var: Path) -> None:
    run = Run(var)
    run.command = ["/bin/sh", "-c", f"{shlex.join(COMMAND)} | grep -m1 --line-buffered 'BotBot runs'; exec sleep 60"]
    Process.start(run)
    wait_for(lambda: "BotBot runs" in run.output(), 60)
    with suppress(OSError, HTTPException):  # makes it print, and perhaps end before it answers
        run.get("/")
    wait_for(lambda: describe_processes(processes_of(var))[1:] == [], 20, "all has ended but sleep")
    run.stop()
    assert "Traceback" not in run.output()


def test_the_end_of_one_process_ends_all(var: Path) -> None:
    with Run(var) as run:
        bot = next(process for process in processes_of(var) if process.cmdline()[-1] == "runbot")
        bot.kill()
        wait_for(lambda: not run.running(), 15)
        assert run.stop() not in {None, 0}
    assert remaining_processes(var) == []
