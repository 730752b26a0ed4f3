"""`python -m botbot.embedded`: what `make run` runs. Database, demo network, bot and web together, until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psycopg2

from botbot import env
from botbot.embedded import EMBEDDED, LOCK_NAME, EmbeddedError, exit_on_signals, prepare, process_runner, var_folder
from botbot.embedded.process_runner import is_listening, reserve_first_port, reserve_port
from botbot.env import SettingError

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
DEMO_PORTS = range(6667, 6767)
SETUP_EXIT_SECONDS = 4
CONNECT_TIMEOUT_SECONDS = 5
GREETING_INTERVAL_SECONDS, GREETING_ATTEMPTS = 0.2, 600
ALL_INTERFACES = {"", "0.0.0.0", "[::]"}  # noqa: S104  (values of BIND that we recognise; nothing binds here)
GREETING = """
    BotBot runs:  {site}/

    Watch live:   {site}/demo/demo/
    Talk:         any IRC client, server 127.0.0.1 port {demo_port} (no TLS), channel #demo
    Add a log:    in that client: /join #mine, then /invite botbot #mine: it is yours, and the bot says how to open it
    Log for real: .venv/bin/python manage.py addchannel irc.libera.chat/#yourchannel --nick yourbot
    Administer:   .venv/bin/python manage.py createsuperuser, then {site}/admin/
    Stop:         Ctrl-C
"""


def main() -> int:
    """Run everything until one part ends or a signal arrives; return the exit code."""
    exit_on_signals()
    try:
        env.load()
        # The Procfile's `python` and `gunicorn` have to be those of this virtual environment.
        environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        environment["PYTHONUNBUFFERED"] = "1"
        return _run(environment)
    except (SettingError, EmbeddedError) as error:
        print(f"botbot: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    except KeyboardInterrupt:
        return 130


def _run(environment: dict[str, str]) -> int:
    port = env.integer("PORT", 8000, minimum=1, maximum=65535)
    bind = env.bind_address("BIND", LOOPBACK)
    host = LOOPBACK if bind in ALL_INTERFACES else bind
    environment["PORT"] = str(port)
    environment.setdefault("WEB_PROCESSES", "1")  # one visitor needs no more, and it starts sooner
    is_embedded = not env.text("DATABASE_URL")
    if is_embedded:
        environment["EMBEDDED_POSTGRES"] = os.environ["EMBEDDED_POSTGRES"] = "1"
    _lock_var_folder(var_folder(), f"{port} {EMBEDDED}" if is_embedded else f"{port}")
    if not reserve_port(host, port):
        advice = f"end that, or choose another: PORT={port + 1 if port < 65535 else 8000} make run"
        raise EmbeddedError(f"Port {port} is in use, perhaps by another `make run`: {advice}")
    # Each process holds the embedded server itself: `environment` has no DATABASE_URL unless a person set it.
    prepare()
    held = _lock_database(env.text("DATABASE_DIRECT_URL") or os.environ["DATABASE_URL"])  # noqa: F841  (the lock ends with the connection)
    demo_port = reserve_first_port(LOOPBACK, DEMO_PORTS)
    if demo_port is None:
        raise EmbeddedError(f"No port from {DEMO_PORTS[0]} to {DEMO_PORTS[-1]} is free for the demo network.")
    _set_up(environment, demo_port)
    environment["DEMO_PORT"] = str(demo_port)
    threading.Thread(target=_greet, args=(host, port, demo_port), daemon=True).start()
    return process_runner.run(ROOT / "Procfile", environment)


def _lock_var_folder(var: Path, content: str) -> None:
    """Refuse a second launcher with the same VAR_DIR: its demo network would take over the first one's bot.

    The lock's file stays open, and the lock held, until this process ends.
    """
    try:
        var.mkdir(parents=True, exist_ok=True)
        lock = os.open(var / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.write(lock, content.encode("ascii"))
    except BlockingIOError:
        raise EmbeddedError(
            f"`make run` runs already with {var}: end that, or give a second one another VAR_DIR and PORT."
        ) from None
    except OSError as error:
        raise EmbeddedError(f"VAR_DIR cannot be written: {error}.") from None


def _lock_database(url: str) -> Any:
    """Refuse a second launcher with the same database; return the connection that holds the lock.

    A database that cannot be reached is reported by the set-up.
    """
    try:
        connection = psycopg2.connect(url, connect_timeout=CONNECT_TIMEOUT_SECONDS)
    except psycopg2.Error:
        return None
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('botbot'), hashtext('make run'))")
        if cursor.fetchone() == (True,):
            return connection
    connection.close()
    raise EmbeddedError(
        "`make run` runs already with this database: end that, or give a second one a DATABASE_URL, VAR_DIR and PORT "
        "of its own."
    )


def _set_up(environment: dict[str, str], demo_port: int) -> None:
    """Create tables, static files and the demo's channel in a process of its own.

    When we are stopped meanwhile, give that process time to finish: it then releases the embedded server itself.
    """
    program = [sys.executable, "-m", "botbot.embedded.set_up", str(demo_port)]
    # A session of its own, so that Ctrl-C in the terminal does not reach it in the middle of a migration.
    with subprocess.Popen(program, cwd=ROOT, env=environment, start_new_session=True) as running:
        try:
            code = running.wait()
        except (KeyboardInterrupt, SystemExit):
            for insist in (running.terminate, running.kill):
                try:
                    running.wait(SETUP_EXIT_SECONDS)
                except subprocess.TimeoutExpired:
                    insist()
            running.wait()
            raise
    if code:
        raise subprocess.CalledProcessError(code, program)


def _greet(host: str, port: int, demo_port: int) -> None:
    """Print the addresses as soon as the web process and the demo network accept connections."""
    for _ in range(GREETING_ATTEMPTS):
        if is_listening(host, port) and is_listening(LOOPBACK, demo_port):
            with process_runner.stop_when_output_closes():
                print(GREETING.format(site=f"http://{host}:{port}", demo_port=demo_port), flush=True)
            return
        time.sleep(GREETING_INTERVAL_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
