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

__all__ = ["LOCK_NAME", "EmbeddedError", "exit_on_signals", "prepare", "use_address_of_running_site", "var_folder"]

LOCK_NAME = "run.lock"
"""The file in VAR_DIR that `make run` holds locked while it runs; it contains the port of the site."""


def var_folder() -> Path:
    """The folder of everything that the project writes: VAR_DIR, or `var` beside the code."""
    return env.folder("VAR_DIR", Path(__file__).resolve().parents[2] / "var")


def prepare() -> None:
    """Set the environment variables `DATABASE_URL` and `SECRET_KEY` where they are not set already.

    Starts the embedded server if it is needed; this process then holds it until it ends. EmbeddedError if it cannot.
    """
    var = var_folder()
    if not env.text("SECRET_KEY"):
        os.environ["SECRET_KEY"] = _read_or_make_secret(var / "secret-key")
    if not env.text("DATABASE_URL"):
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
    with contextlib.suppress(OSError), (var_folder() / LOCK_NAME).open(encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            port = lock.read().strip()
            if port.isdecimal():
                os.environ["SITE_URL"] = f"http://127.0.0.1:{port}"


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
