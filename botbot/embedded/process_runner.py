"""honcho's process runner, fit for terminals that are closed and for signals that arrive while it starts."""

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
"""Exit codes after SIGINT and SIGTERM."""


def run(procfile: Path, environment: dict[str, str]) -> int:
    """Run a Procfile's processes until one of them ends or a signal arrives; return 0 after SIGINT or SIGTERM."""
    manager = _Manager(_Printer(sys.stdout))
    for name, command in parse_procfile(procfile.read_text(encoding="utf-8")).processes.items():
        manager.add_process(name, command, env=environment, cwd=str(procfile.parent))
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` sets it
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    manager.loop()
    return 0 if manager.returncode in STOPPED_BY_PERSON else int(manager.returncode or 1)


class _Manager(Manager):  # type: ignore[misc]
    """honcho's manager, which fails when it has to end processes before it knows the pid of each."""

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
    """Shut down in order when output can no longer be written: a closed terminal, or a pipe without a reader.

    Output goes to /dev/null from then on, so that the shutdown's own messages do not fail again.
    """
    try:
        yield
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.dup2(nowhere, sys.stderr.fileno())
        os.close(nowhere)
        os.kill(os.getpid(), signal.SIGTERM)
