"""honcho's runner of processes, for terminals that are closed and for people who are quick."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer

STOPPED_BY_PERSON = {130, 143}


def run(procfile: Path, environment: dict[str, str]) -> int:
    """Runs a Procfile's processes until one ends or we are told to; 0 when a person ended it."""
    manager = _Manager(_Printer(sys.stdout))
    for name, command in parse_procfile(procfile.read_text(encoding="utf-8")).processes.items():
        manager.add_process(name, command, env=environment, cwd=str(procfile.parent))
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    manager.loop()
    return 0 if manager.returncode in STOPPED_BY_PERSON else int(manager.returncode or 1)


class _Manager(Manager):  # type: ignore[misc]
    """honcho cannot end processes before it knows the numbers of all."""

    def terminate(self) -> None:
        if self._all_started():
            super().terminate()
            return
        later = threading.Timer(0.05, self.terminate)
        later.daemon = True
        later.start()


class _Printer(Printer):  # type: ignore[misc]
    def write(self, message: Message) -> None:
        with stop_when_output_closes():
            super().write(message)


@contextlib.contextmanager
def stop_when_output_closes() -> Iterator[None]:
    """Output may lead nowhere at any time: a closed terminal, a pipe whose reader went. That ends us, but orderly."""
    try:
        yield
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.dup2(nowhere, sys.stderr.fileno())
        os.close(nowhere)
        os.kill(os.getpid(), signal.SIGTERM)
