"""The web process's start and end, as gunicorn.conf.py has them."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from logs.models import Channel
from tests.logs.live.reader import Reader, write
from tests.processes import ROOT, Site, free_port, wait_for

pytestmark = pytest.mark.usefixtures("started_as_in_production")


NOWHERE = "postgres://nobody@127.0.0.1:1/nothing"


def fail_to_start(env: dict[str, str]) -> str:
    """What the web process says before it ends with exit code 1 by itself."""
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "botbot.wsgi"]
    ended = subprocess.run(
        command, cwd=ROOT, env=os.environ | env, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    return "\n".join(line for line in ended.stderr.splitlines() if "[INFO]" not in line)


def test_without_a_database_it_says_so_and_ends(process_env: dict[str, str]) -> None:
    output = fail_to_start(process_env | {"PORT": str(free_port()), "DATABASE_URL": NOWHERE})
    assert output.startswith("botbot: the database nothing at 127.0.0.1 cannot be reached: ")
    assert "\n" not in output


def test_without_static_files_or_tables_it_says_what_to_run(process_env: dict[str, str], tmp_path: Path) -> None:
    env = process_env | {"PORT": str(free_port())}
    assert fail_to_start(env | {"VAR_DIR": str(tmp_path)}).endswith("run manage.py collectstatic")
    empty_database = env["DATABASE_URL"].rpartition("/")[0] + "/postgres"
    assert fail_to_start(env | {"DATABASE_URL": empty_database}).endswith("run manage.py migrate")
    command = [sys.executable, "manage.py", "addchannel", "irc.example.org/#c"]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | env | {"DATABASE_URL": empty_database},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr.strip()) == (1, "botbot: the database lacks tables: run manage.py migrate")


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("DATABASE_URL", "mysql://here/there"), ("LIVE_STREAMS", "0")]
)
def test_a_setting_that_cannot_be_used_is_named(process_env: dict[str, str], name: str, value: str) -> None:
    output = fail_to_start(process_env | {name: value})
    assert output.startswith(f"botbot: {name}")
    assert "\n" not in output


def test_a_port_in_use_is_said_once(process_env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        output = fail_to_start(process_env | {"PORT": str(port)})
    assert output == (
        f"botbot: cannot listen on 127.0.0.1:{port}: Address already in use. Choose others with BIND and PORT."
    )


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_it_stops_soon_and_tells_readers_when_to_reconnect(
    site: Site, channel: Channel, ending: signal.Signals
) -> None:
    with ExitStack() as stack:
        readers = [stack.enter_context(Reader(site.port, channel)) for _ in range(200)]
        assert all(reader.next().retry for reader in readers)
        os.kill(site.pid, ending)
        wait_for(lambda: not site.running(), 10)
        pauses = {reader.rest()[-1].retry for reader in readers}
    assert len(pauses) > 100
    assert all(pause and 1000 <= pause <= 4000 for pause in pauses)
    assert "Traceback" not in site.output()


def test_static_files_are_served(site: Site) -> None:
    with urlopen(f"{site.url}/", timeout=30) as page:  # noqa: S310  (our own site)
        addresses = re.findall(r'"(/static/[^"]+)"', page.read().decode())
    assert addresses
    for address in addresses:
        with urlopen(site.url + address, timeout=30) as file:  # noqa: S310
            assert file.read(), address
    assert "Traceback" not in site.output()


def test_at_a_reload_the_old_process_goes_on_until_the_new_one_is_ready(site: Site, channel: Channel) -> None:
    seen = write(channel, 3)
    with Reader(site.port, channel, f"?after={seen}") as reader:
        reader.next()
        os.kill(site.pid, signal.SIGHUP)
        wait_for(lambda: len(psutil.Process(site.pid).children()) == 2, 30)
        old, new = sorted(psutil.Process(site.pid).children(), key=lambda worker: worker.create_time())
        new.suspend()
        try:
            newest = write(channel, 5)
            assert reader.lines(until=newest) == list(range(seen + 1, newest + 1))
            with urlopen(f"{site.url}/", timeout=30) as page:  # noqa: S310  (our own site)
                assert page.status == 200
            assert old.is_running()
        finally:
            new.resume()
        # The only reader may come back as soon as the old process has closed its listening socket.
        assert reader.rest(60)[-1].retry in {1000, 1001}
    wait_for(lambda: psutil.Process(site.pid).children() == [new], 30)
    assert site.output().count("Booting worker") == 2


def test_a_reader_who_comes_back_after_a_reload_has_missed_nothing(site: Site, channel: Channel) -> None:
    seen = write(channel, 3)
    with Reader(site.port, channel) as reader:
        reader.next()
        os.kill(site.pid, signal.SIGHUP)
        pause = reader.rest(60)[-1].retry
    stopped_at = time.monotonic()
    assert pause
    newest = write(channel, 250)
    time.sleep(max(0.0, stopped_at + pause / 1000 - time.monotonic()))
    with Reader(site.port, channel, headers={"Last-Event-ID": str(seen)}) as reader:
        assert reader.lines(until=newest, seconds=60) == list(range(seen + 1, newest + 1))
    assert site.output().count("Booting worker") == 2
