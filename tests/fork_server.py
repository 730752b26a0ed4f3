"""Starts the product's Python processes by forking one that has imported everything: saves more than a second each.

A forked process reads its settings from its own environment, like one that a shell starts. The difference: a variable
that a module reads while it is imported has no effect any more. So `can_start` accepts the variables in READ_LATE only,
and the other processes are started the usual way.

The server (`python -m tests.fork_server`) is a child of the test run, with a socket as its stdin. A request is a JSON
object (`argv`, `env`, `cwd`) and two files: the log, which becomes stdout and stderr, and a pipe. The new process
writes its pid into the pipe once it has a session of its own, and the server its exit code when it has ended (4 bytes
each).
"""

from __future__ import annotations

import botbot.green  # noqa: F401  (first: see its docstring)

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import struct
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from select import POLLIN
from typing import Any, NoReturn

import _socket
from gevent import monkey
from gevent.os import fork_gevent
from gevent.select import select
from jinja2.bccache import Bucket, BytecodeCache

READ_LATE = {
    *("DATABASE_URL", "DATABASE_POOLER", "DATABASE_DIRECT_URL"),
    *("JOURNAL_DIR", "VAR_DIR", "SECRET_KEY", "PORT", "BIND", "BOT_METRICS", "SSL_CERT_FILE"),
    *("FLOOD_LINES", "API_PER_ADDRESS", "LIVE_PER_ADDRESS", "LIVE_STREAMS", "STATEMENT_TIMEOUT"),
    *("REDIS_URL", "REALTIME_URL", "LIVE_KEY", "PAGES_AT_ONCE", "PAGES_WAIT", "PAGES_WAITING"),
    *("PAGES_PER_ADDRESS", "WEB_PROCESSES", "DATABASE_REPLICA_URL", "DATABASE_REPLICA_LAG"),
    *("QUIT_WAIT", "EMAIL_URL"),
    "PYTHONPATH",
    *("SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_BSP_SCHEDULE_DELAY"),
    *("NOTIFY_SOCKET", "WATCHDOG_USEC", "EMAIL_URL", "ADMINS"),
    *("PYTEST_CURRENT_TEST", "PYTEST_VERSION", "DJANGO_ALLOW_ASYNC_UNSAFE"),
}
"""Variables that are read after the fork, or by nothing that tests start."""
STARTED_BY = (["manage.py"], ["-m", "gunicorn"], ["-m", "tests.impatient"])
PRELOADED = [
    *("bot.supervisor", "bot.management.commands.runbot", "bot.plugins", "tests.impatient"),
    *("gunicorn.app.wsgiapp", "botbot.gunicorn_worker", "botbot.gunicorn_hooks", "botbot.watchdog", "botbot.urls"),
    *("botbot.static_storage", "logs.live.relay", "logs.views.live.live_view", "logs.views.http.admission"),
    *("botbot.env", "botbot.embedded.postgres_server", "django.contrib.sessions.backends.db"),
    *("django.core.management.commands.migrate", "django.contrib.admin.sites", "whitenoise.middleware"),
]
MAX_REQUEST_BYTES = 100_000
CODE = struct.Struct("i")

prevented_by: Counter[str] = Counter()
"""How many processes were started the usual way because of a variable that is not in READ_LATE, by its name."""

_environ = dict(os.environ)
_server: tuple[subprocess.Popen[bytes], socket.socket] | None = None


class Forked:
    """A process that the server forked: the part of subprocess.Popen that tests use."""

    def __init__(self, argv: list[str], env: dict[str, str], cwd: Path, log: int) -> None:
        self.returncode: int | None = None
        self._pipe, theirs = os.pipe()
        try:
            request = json.dumps({"argv": argv, "env": env, "cwd": str(cwd)}).encode()
            socket.send_fds(_connection(), [request], [log, theirs])
        finally:
            os.close(theirs)
        self.pid = self._read()

    def poll(self) -> int | None:
        if self.returncode is None and select([self._pipe], [], [], 0)[0]:
            self.returncode = self._read()
            os.close(self._pipe)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; subprocess.TimeoutExpired if the process runs on."""
        if self.returncode is None and not select([self._pipe], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        code = self.poll()
        assert code is not None
        return code

    def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)

    def _read(self) -> int:
        select([self._pipe], [], [])
        answer = os.read(self._pipe, CODE.size)
        assert answer, "the fork server has ended"
        return int(CODE.unpack(answer)[0])


def can_start(command: list[str], env: dict[str, str]) -> bool:
    """Whether a forked process does the same as one that is started the usual way."""
    changed = {name for name in env.keys() | _environ.keys() if env.get(name) != _environ.get(name)}
    by = any(command == [sys.executable, *start, *command[1 + len(start) :]] for start in STARTED_BY)
    if by:
        prevented_by.update(changed - READ_LATE)
    return by and changed <= READ_LATE


def _connection() -> socket.socket:
    """To the server, which the first request starts."""
    global _server  # noqa: PLW0603
    if _server is None:
        own_socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "tests.fork_server"]
        root = Path(__file__).resolve().parent.parent
        with theirs:
            popen = subprocess.Popen(command, stdin=theirs, cwd=root, env=_environ, start_new_session=True)
        _server = popen, own_socket
    return _server[1]


def stop() -> None:
    """Ends the server; processes that it has forked run on."""
    global _server  # noqa: PLW0603
    if _server:
        popen, connection = _server
        connection.close()
        popen.wait(10)
        _server = None


def serve() -> tuple[dict[str, Any], list[int]] | None:
    """Forks for each request. Returns it with its files in the new process, None in the server at the end.

    Functions that gevent has patched would run its hub here, which a fork does not survive: the originals are used.
    """
    poll, waitpid = monkey.get_original("select", "poll")(), monkey.get_original("os", "waitpid")
    connection = _socket.socket(fileno=os.dup(0))
    running: dict[int, tuple[int, int]] = {}
    poll.register(connection.fileno(), POLLIN)
    while True:
        for ready, _ in poll.poll():
            if ready != connection.fileno():
                poll.unregister(ready)
                pid, pipe = running.pop(ready)
                code = os.waitstatus_to_exitcode(waitpid(pid, 0)[1])
                with suppress(BrokenPipeError):  # nobody waits for it any more
                    os.write(pipe, CODE.pack(code))
                os.close(pipe)
                os.close(ready)
                continue
            request, files, *_ = socket.recv_fds(connection, MAX_REQUEST_BYTES, 2)  # type: ignore[arg-type]
            if not request:
                return None
            if not (pid := fork_gevent()):
                connection.close()
                for file in (*running, *(pipe for _, pipe in running.values())):
                    os.close(file)
                return json.loads(request), files
            watched = os.pidfd_open(pid)
            running[watched] = pid, files[1]
            poll.register(watched, POLLIN)
            os.close(files[0])


def run_program(request: dict[str, Any], files: list[int]) -> None:
    """Takes over the session, files and environment that a new process would have."""
    log, pipe = files
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.write(pipe, CODE.pack(os.getpid()))
    for file in (null, log, pipe):
        os.close(file)
    os.chdir(request["cwd"])
    # Packages of a folder that was not there: what is imported already stays.
    before, after = (env.get("PYTHONPATH", "").split(os.pathsep) for env in (os.environ, request["env"]))
    sys.path[1:1] = [folder for folder in after if folder and folder not in before]
    os.environ.clear()
    os.environ.update(request["env"])


class CompiledTemplates(BytecodeCache):
    """Code of Jinja templates in memory: a site compiles all of them before it answers, which takes half a second."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.code


compiled_templates = CompiledTemplates()


def begin_templates() -> None:
    """Lets Django make its engines anew, by the present settings."""
    from django.conf import settings
    from django.template import engines

    settings.TEMPLATES[0]["OPTIONS"]["bytecode_cache"] = compiled_templates
    engines.__dict__.pop("templates", None)
    engines._templates, engines._engines = None, {}


def read_settings_again() -> None:
    """Reads the settings again, and makes Django open its connections by them."""
    from django.conf import settings
    from django.db import connections

    module = importlib.reload(sys.modules["botbot.settings"])
    for name in filter(str.isupper, dir(module)):  # one by one, for applications have added settings of their own
        setattr(settings, name, getattr(module, name))
    connections.__dict__.pop("settings", None)
    connections._settings = None
    with suppress(AttributeError):
        del connections["default"]
    begin_templates()


def main() -> None:
    import django
    from django.conf import settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botbot.settings")
    django.setup()
    middleware = [name.rpartition(".")[0] for name in settings.MIDDLEWARE]
    for name in (*PRELOADED, *middleware):
        importlib.import_module(name)
    begin_templates()
    importlib.import_module("botbot.gunicorn_hooks").load_pages()
    gc.freeze()  # pages that the collector does not write to stay shared
    accepted = serve()
    if accepted is None:
        return
    run_program(*accepted)
    read_settings_again()
    sys.argv = accepted[0]["argv"][1:]
    try:
        if sys.argv[0] == "-m":
            del sys.argv[0]
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as error:
        end(error.code)
    end(0)


def end(code: object) -> NoReturn:
    """Ends the process as Python does, but without clearing the memory, which would first copy what is shared."""
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
