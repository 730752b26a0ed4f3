"""`python -m botbot.embedded`: what `make run` runs. Database, demo network, bot and web together, until Ctrl-C."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from botbot import env
from botbot.embedded import EmbeddedError, exit_on_signals, prepare, process_runner, var_folder
from botbot.env import SettingError

ROOT = Path(__file__).resolve().parents[2]
FIRST_DEMO_PORT = 6667
SETUP_EXIT_SECONDS = 4
ALL_INTERFACES = {"", "0.0.0.0", "[::]"}  # noqa: S104  (what a person may have bound to; we only ask there)
GREETING = """
    BotBot runs:  {site}/

    Watch live:   {site}/demo/demo/
    Talk:         any IRC client, server 127.0.0.1 port {demo_port} (no TLS), channel #demo
    Log for real: .venv/bin/python manage.py addchannel irc.libera.chat/#yourchannel --nick yourbot
    Administer:   .venv/bin/python manage.py createsuperuser, then {site}/admin/
    Stop:         Ctrl-C
"""


def main() -> int:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    environment["PYTHONUNBUFFERED"] = "1"
    exit_on_signals()
    try:
        return _run(environment)
    except (SettingError, EmbeddedError) as error:
        print(f"botbot: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    except KeyboardInterrupt:
        return 130


def _run(environment: dict[str, str]) -> int:
    port = env.integer("PORT", 8000, least=1, most=65535)
    bind = env.text("BIND", "127.0.0.1")
    host = "127.0.0.1" if bind in ALL_INTERFACES else bind
    environment["PORT"] = str(port)
    _lock_var_folder(var_folder())
    _require_free(host, port)
    # The processes hold the embedded server themselves: `environment` has no DATABASE_URL unless a person set it.
    prepare()
    demo_port = _free_port()
    _set_up(environment, demo_port)
    environment["DEMO_PORT"] = str(demo_port)
    threading.Thread(target=_greet, args=(host, port, demo_port), daemon=True).start()
    return process_runner.run(ROOT / "Procfile", environment)


def _lock_var_folder(var: Path) -> None:
    """A second demo network would lure the first one's bot away. The lock is open, and ours, until we end."""
    try:
        var.mkdir(parents=True, exist_ok=True)
        lock = os.open(var / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise EmbeddedError(
            f"`make run` runs already with {var}: end that, or give a second one another VAR_DIR and PORT."
        ) from None
    except OSError as error:
        raise EmbeddedError(f"Nothing can be kept in VAR_DIR: {error}.") from None


def _set_up(environment: dict[str, str], demo_port: int) -> None:
    """Told to end meanwhile we wait until it is done: it is about to be, and lets the server go."""
    program = [sys.executable, "-m", "botbot.embedded.set_up", str(demo_port)]
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


def _require_free(host: str, port: int) -> None:
    if not _is_free(host, port):
        advice = f"end that, or choose another: PORT={port + 1 if port < 65535 else 8000} make run"
        raise EmbeddedError(f"Port {port} is in use, perhaps by another `make run`: {advice}")


def _free_port() -> int:
    """The usual port of IRC, or one nearby."""
    for port in range(FIRST_DEMO_PORT, FIRST_DEMO_PORT + 100):
        if _is_free("127.0.0.1", port):
            return port
    raise EmbeddedError("No port from 6667 to 6766 is free for the demo network.")


def _is_free(host: str, port: int) -> bool:
    """Whether we could listen there; what else is wrong with the address, the web process tells better."""
    try:
        socket.create_server((host.strip("[]"), port), family=_family(host)).close()
    except OSError as error:
        return error.errno != errno.EADDRINUSE
    return True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _greet(host: str, port: int, demo_port: int) -> None:
    """Says what to try, once there is somebody who answers."""
    for _ in range(600):
        if _listens(host, port) and _listens("127.0.0.1", demo_port):
            with process_runner.stop_when_output_closes():
                print(GREETING.format(site=f"http://{host}:{port}", demo_port=demo_port), flush=True)
            return
        time.sleep(0.2)


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host.strip("[]"), port), timeout=5).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
