"""`python -m botbot.embedded`: what `make run` runs. Database, demo network, bot and web together, until Ctrl-C."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from botbot import env
from botbot.embedded import EmbeddedError, prepare, processes
from botbot.env import SettingError

ROOT = Path(__file__).resolve().parents[2]
FIRST_DEMO_PORT = 6667
EVERYWHERE = {"", "0.0.0.0", "[::]"}  # noqa: S104  (what a person may have bound to; we only ask there)


def main() -> int:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    environment["PYTHONUNBUFFERED"] = "1"
    _end_orderly()
    try:
        return _run(environment)
    except (SettingError, EmbeddedError) as error:
        print(f"botbot: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    except KeyboardInterrupt:
        return 130


def _end_orderly() -> None:
    """A closed terminal is a wish to end, and a wish to end is followed while we still set up, too."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


def _run(environment: dict[str, str]) -> int:
    port = env.integer("PORT", 8000, least=1, most=65535)
    bind = env.text("BIND", "127.0.0.1")
    host = "127.0.0.1" if bind in EVERYWHERE else bind
    environment["PORT"] = str(port)
    _require_free(host, port)
    # The processes hold the embedded server themselves: `environment` has no DATABASE_URL unless a person set it.
    prepare()
    demo_port = _free_port()
    _set_up(environment, demo_port)
    environment["DEMO_PORT"] = str(demo_port)
    threading.Thread(target=_greet, args=(host, port, demo_port), daemon=True).start()
    return processes.run(ROOT / "Procfile", environment)


def _set_up(environment: dict[str, str], demo_port: int) -> None:
    demo = [f"irc://127.0.0.1:{demo_port}/#demo", "--network=demo", "--move", "--verbosity=0"]
    for command in (
        ["migrate", "--verbosity=0"],
        ["collectstatic", "--noinput", "--verbosity=0"],
        ["addchannel", *demo],
    ):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)


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
    """Says what to try, once the site answers."""
    site = f"http://{host}:{port}"
    for _ in range(600):
        try:
            socket.create_connection((host.strip("[]"), port), timeout=5).close()
        except OSError:
            time.sleep(0.2)
            continue
        print(
            f"""
    BotBot runs:  {site}/

    Watch live:   {site}/demo/demo/
    Talk:         any IRC client, server 127.0.0.1 port {demo_port} (no TLS), channel #demo
    Log for real: .venv/bin/python manage.py addchannel irc.libera.chat/#yourchannel --nick yourbot
    Administer:   .venv/bin/python manage.py createsuperuser, then {site}/admin/
    Stop:         Ctrl-C
""",
            flush=True,
        )
        return


if __name__ == "__main__":
    sys.exit(main())
