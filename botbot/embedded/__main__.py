"""`python -m botbot.embedded`: what `make run` runs. Database, demo network, bot and web together, until Ctrl-C."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager

from botbot import env
from botbot.embedded import EmbeddedError, prepare
from botbot.env import SettingError

ROOT = Path(__file__).resolve().parents[2]
FIRST_DEMO_PORT = 6667


def main() -> int:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    environment["PYTHONUNBUFFERED"] = "1"
    try:
        port = env.integer("PORT", 8000, least=1, most=65535)
        environment["PORT"] = str(port)
        _require_free(port)
        # The processes hold the embedded server themselves: `environment` has no DATABASE_URL unless a person set it.
        prepare()
        demo_port = _free_port()
        _set_up(environment, demo_port)
    except (SettingError, EmbeddedError) as error:
        print(f"botbot: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    environment["DEMO_PORT"] = str(demo_port)
    threading.Thread(target=_greet, args=(port, demo_port), daemon=True).start()
    return _run(environment)


def _set_up(environment: dict[str, str], demo_port: int) -> None:
    demo = [f"irc://127.0.0.1:{demo_port}/#demo", "--network=demo", "--move", "--verbosity=0"]
    for command in (
        ["migrate", "--verbosity=0"],
        ["collectstatic", "--noinput", "--verbosity=0"],
        ["addchannel", *demo],
    ):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)


def _run(environment: dict[str, str]) -> int:
    """Runs the Procfile's processes until one ends or we are told to; 0 when a person ended it."""
    manager = Manager()
    for name, command in parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes.items():
        manager.add_process(name, command, env=environment, cwd=str(ROOT))
    manager.loop()
    told = {130, 143}
    return 0 if manager.returncode in told else int(manager.returncode or 1)


def _require_free(port: int) -> None:
    if not _is_free(port):
        advice = f"end that, or choose another: PORT={port + 1} make run"
        raise EmbeddedError(f"Port {port} is in use, perhaps by another `make run`: {advice}")


def _free_port() -> int:
    """The usual port of IRC, or one nearby."""
    for port in range(FIRST_DEMO_PORT, FIRST_DEMO_PORT + 100):
        if _is_free(port):
            return port
    raise EmbeddedError("No port from 6667 to 6766 is free for the demo network.")


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _greet(port: int, demo_port: int) -> None:
    """Says what to try, once the site answers."""
    site = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
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
