"""PostgreSQL without installing it, and what else a fresh machine lacks."""

from __future__ import annotations

import contextlib
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

__all__ = ["EmbeddedError", "exit_on_signals", "prepare", "var_folder"]


def var_folder() -> Path:
    """Where everything lies that the project writes."""
    return env.folder("VAR_DIR", Path(__file__).resolve().parents[2] / "var")


def prepare() -> None:
    """Makes `DATABASE_URL` and `SECRET_KEY` hold something usable; what is set already is left alone."""
    var = var_folder()
    if not env.text("SECRET_KEY"):
        os.environ["SECRET_KEY"] = _read_or_make_secret(var / "secret-key")
    if not env.text("DATABASE_URL"):
        exit_on_signals()
        server = Postgres(location.find(var))
        server.hold()
        os.environ["DATABASE_URL"] = server.url


def exit_on_signals() -> None:
    """Whoever is told to end, and has not said how, lets the server go on the way out."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a closed terminal says so several times
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # who says this again means it
    sys.exit(128 + number)


def _read_or_make_secret(path: Path) -> str:
    """A secret made once and kept in a file that only we may read."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f"{path.name}.{os.getpid()}")
            fresh.unlink(missing_ok=True)
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(50), encoding="ascii")
            with contextlib.suppress(FileExistsError):  # the first of several processes decides
                path.hardlink_to(fresh)
            fresh.unlink()
        return path.read_text(encoding="ascii")
    except OSError as error:
        raise EmbeddedError(f"The secret key cannot be kept: {error}. Set SECRET_KEY or VAR_DIR.") from None
