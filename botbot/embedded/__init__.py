"""What a fresh machine lacks: an embedded PostgreSQL server and a secret key, made at the first start."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from botbot import env
from botbot.embedded import location
from botbot.embedded.location import EmbeddedError
from botbot.embedded.postgres_server import Postgres
from botbot.paths import default_var_folder

__all__ = [
    "EMBEDDED",
    "LOCK_NAME",
    "EmbeddedError",
    "exit_on_signals",
    "prepare",
    "use_address_of_running_site",
    "var_folder",
]

LOCK_NAME = "run.lock"
"""The file in VAR_DIR that `make run` holds locked while it runs.

It contains the port of the site, and the word EMBEDDED if its database is the embedded one.
"""
EMBEDDED = "embedded"
NO_DATABASE = (
    "DATABASE_URL is not set: set it, or ENVIRONMENT_FILE to the file that the services read. For the data of "
    "`make run`, start that first, or set EMBEDDED_POSTGRES=1."
)


def var_folder() -> Path:
    """The folder of everything that the project writes: VAR_DIR, or the default of botbot/paths.py."""
    return env.folder("VAR_DIR", default_var_folder())


def prepare() -> None:
    """Set the environment variables `DATABASE_URL` and `SECRET_KEY` where they are not set already.

    Without an address the embedded server is started where it is meant: for EMBEDDED_POSTGRES, which `make run` sets
    for its processes, and for commands typed beside a `make run` that uses it. This process then holds it until it
    ends. EmbeddedError elsewhere: a site whose settings were not read must not be given another, empty database.
    """
    var = var_folder()
    is_meant = env.boolean("EMBEDDED_POSTGRES", False) or EMBEDDED in _read_run_lock(var)
    needs_server = not env.text("DATABASE_URL")
    if needs_server and not is_meant:
        raise EmbeddedError(NO_DATABASE)
    if not env.text("SECRET_KEY"):
        os.environ["SECRET_KEY"] = _read_or_make_secret(var / "secret-key")
    if needs_server:
        exit_on_signals()
        server = Postgres(location.find(var))
        server.hold()
        os.environ["DATABASE_URL"] = server.url


def use_address_of_running_site() -> None:
    """Set `SITE_URL`, unless it or `PORT` is set, to where `make run` serves this VAR_DIR at the moment, if it does.

    Commands typed in another terminal then print addresses that lead there.
    """
    if env.text("SITE_URL") or env.text("PORT"):
        return
    port = (_read_run_lock(var_folder()) or [""])[0]
    if port.isdecimal():
        os.environ["SITE_URL"] = f"http://127.0.0.1:{port}"


def _read_run_lock(var: Path) -> list[str]:
    """What the `make run` of this folder wrote into its lock, in words; nothing if none runs."""
    with contextlib.suppress(OSError), (var / LOCK_NAME).open(encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return lock.read().split()
    return []


def exit_on_signals() -> None:
    """Exit through `sys.exit` on SIGTERM and SIGHUP, so that the server is released; other handlers are left alone."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a closed terminal sends it several times
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a second SIGTERM ends the process at once
    sys.exit(128 + number)


def _read_or_make_secret(path: Path) -> str:
    """The secret in a file that only its owner may read; made at the first call."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f"{path.name}.{os.getpid()}")
            fresh.unlink(missing_ok=True)  # left by a crash, it may have another mode
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(50), encoding="ascii")
            with contextlib.suppress(FileExistsError):  # of several processes at once, the first one's secret counts
                path.hardlink_to(fresh)
            fresh.unlink()
        return path.read_text(encoding="ascii")
    except OSError as error:
        raise EmbeddedError(f"The secret key cannot be stored: {error}. Set SECRET_KEY or VAR_DIR.") from None
