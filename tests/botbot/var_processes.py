"""The processes of a VAR_DIR: those that were started with it, and those of its PostgreSQL server."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import psutil


def processes_of(var: Path) -> list[psutil.Process]:
    """All processes but this one that have the folder, or one in it, as VAR_DIR, in an argument, or are in it."""
    return [process for process in psutil.process_iter() if process.pid != os.getpid() and _knows(process, var)]


def remaining_processes(var: Path) -> list[str]:
    """Those that still run after a moment, readable: the last act of a server is to remove its pid file, not to end."""
    psutil.wait_procs(processes_of(var), timeout=3)
    return describe_processes(processes_of(var))


def _knows(process: psutil.Process, var: Path) -> bool:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        clues = [*process.cmdline(), process.cwd(), process.environ().get("VAR_DIR", "")]
        return any(clue == str(var) or clue.startswith(f"{var}/") for clue in clues)
    return False


def describe_processes(processes: list[psutil.Process]) -> list[str]:
    """Readable, for the message of a failed assertion."""
    return [str(process) for process in processes]
