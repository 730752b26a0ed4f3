"""The site and the bot with a database that is reached by TLS only, and with a certificate that does not fit.

The embedded PostgreSQL is built without TLS, so that a pgbouncer in front of it speaks it: to clients the protocol is
the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from logs.models import Channel
from tests.bot.conftest import garden, server, wait_until_stored
from tests.bot.server import Server
from tests.ircd import make_certificate
from tests.logs.live.reader import Reader, last_id
from tests.pgbouncer import Pgbouncer
from tests.processes import ROOT, Bot, Site

__all__ = ["garden", "server"]

pytestmark = pytest.mark.django_db(transaction=True)

ANN = ":ann!a@example.org PRIVMSG #garden :"


@pytest.fixture
def pgbouncer(process_env: dict[str, str], tmp_path: Path) -> Iterator[Pgbouncer]:
    """It takes connections by TLS only, and has one of its own for each."""
    with Pgbouncer(tmp_path) as running:
        make_certificate(running.folder)
        files = {"client_tls_key_file": "key.pem", "client_tls_cert_file": "certificate.pem"}
        for name in files.values():
            (running.folder / name).chmod(0o644)
        lines = [f"{option} = {running.folder / name}" for option, name in files.items()]
        running.reload("\n".join(["client_tls_sslmode = require", "default_pool_size = 40", *lines]))
        yield running
        print(running.output())


def with_tls(env: dict[str, str], pgbouncer: Pgbouncer, certificate: Path) -> dict[str, str]:
    url = pgbouncer.url("sessions", f"?sslmode=verify-full&sslrootcert={certificate}")
    return env | {"DATABASE_URL": url, "DATABASE_POOLER": "session"}


def test_everything_connects_by_tls(
    pgbouncer: Pgbouncer, process_env: dict[str, str], garden: Channel, server: Server, tmp_path: Path
) -> None:
    env = with_tls(process_env, pgbouncer, pgbouncer.folder / "certificate.pem")
    with Site(tmp_path, env) as site, Bot(tmp_path, env):
        irc = server.accept()
        irc.register()
        irc.let_join("botbot", "@ann")
        irc.send(f"{ANN}apples are ripe")
        wait_until_stored(garden, "apples are ripe")
        assert "are ripe" in site.get("/search/?q=apples")
        with Reader(site.port, garden) as reader:
            irc.send(f"{ANN}pears are not")
            wait_until_stored(garden, "pears are not")
            assert reader.lines(until=last_id(garden))[-1] == last_id(garden)


def test_a_server_that_cannot_be_verified_is_refused_with_the_reason(
    pgbouncer: Pgbouncer, process_env: dict[str, str], tmp_path: Path
) -> None:
    other = make_certificate(tmp_path, "elsewhere.example")
    env = with_tls(process_env, pgbouncer, other)
    command = [sys.executable, "manage.py", "check", "--database", "default"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=os.environ | env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode != 0
    assert "certificate verify failed" in done.stderr
    assert "Traceback" not in done.stderr
