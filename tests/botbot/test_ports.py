"""Two launchers at once never choose the same port, and commands learn the port of the one that runs."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from botbot.embedded import LOCK_NAME, use_address_of_running_site
from botbot.embedded.process_runner import is_free, is_listening, reserve_port
from tests.processes import ROOT, free_port

CHOOSER = """
import sys
from botbot.embedded.process_runner import reserve_first_port
print(reserve_first_port("127.0.0.1", range(int(sys.argv[1]), int(sys.argv[1]) + 20)), flush=True)
sys.stdin.readline()
"""


def test_launchers_that_start_at_once_choose_different_ports() -> None:
    """None of them listens yet, so that the sockets alone could not tell."""
    first = str(min(free_port(), 65000))
    started = [
        subprocess.Popen(
            [sys.executable, "-c", CHOOSER, first],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    ports = [process.stdout.readline().strip() for process in started if process.stdout]
    for process in started:
        process.communicate("\n", timeout=30)
    assert len(set(ports)) == len(started)
    assert "None" not in ports


def test_a_port_is_available_again_when_its_launcher_has_ended() -> None:
    port = str(free_port())
    command = [sys.executable, "-c", CHOOSER, port]
    for _ in range(2):
        done = subprocess.run(command, cwd=ROOT, input="\n", capture_output=True, text=True, check=True, timeout=30)
        assert done.stdout.strip() == port


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_port_that_another_user_has_reserved_is_not_reserved() -> None:
    port = free_port()
    umask = os.umask(0o077)
    try:
        assert reserve_port("127.0.0.1", port)
        os.seteuid(65534)
        assert not reserve_port("127.0.0.1", port)
    finally:
        os.seteuid(0)
        os.umask(umask)


def test_a_port_on_which_somebody_listens_is_not_reserved() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_listening("127.0.0.1", port)
        assert not is_free("127.0.0.1", port)
        assert not reserve_port("127.0.0.1", port)


@pytest.mark.parametrize("host", ["[::1]", "::1"])
def test_addresses_of_ipv6_are_understood(host: str) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        assert is_listening(host, server.getsockname()[1])
        assert not is_free(host, server.getsockname()[1])


def test_commands_know_where_make_run_serves_their_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"VAR_DIR": str(tmp_path), "SITE_URL": "", "PORT": ""}.items():
        monkeypatch.setenv(name, value)
    use_address_of_running_site()
    assert os.environ["SITE_URL"] == "", "nothing has ever run here"
    lock = (tmp_path / LOCK_NAME).open("w+", encoding="ascii")
    lock.write("8180 embedded")
    lock.flush()
    use_address_of_running_site()
    assert os.environ["SITE_URL"] == "", "it has ended"
    fcntl.flock(lock, fcntl.LOCK_EX)
    monkeypatch.setenv("PORT", "9000")
    use_address_of_running_site()
    assert os.environ["SITE_URL"] == "", "what is set is not changed"
    monkeypatch.setenv("PORT", "")
    use_address_of_running_site()
    assert os.environ["SITE_URL"] == "http://127.0.0.1:8180"
    lock.close()
