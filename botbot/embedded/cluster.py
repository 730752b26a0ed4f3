"""The files of an embedded PostgreSQL: created once, configured before each start, read for the reason of a failure."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

from botbot.embedded.location import EmbeddedError, ServerLocation
from logs.ingest.atomic_file import write_atomically

DATA = "data"
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "100",
    "max_wal_size": "'2GB'",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "logging_collector": "on",
    "log_directory": "'log'",
    "log_filename": "'postgres-%a.log'",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "'1d'",
    "log_rotation_size": "0",
}

CGROUPS = Path("/sys/fs/cgroup")
LIMITS = ("memory.max", "memory/memory.limit_in_bytes")
"""Files with a container's memory limit, in versions 2 and 1 of cgroups."""

MIN_BUFFERS_MB, MAX_BUFFERS_MB = 128, 4096


class Cluster:
    """The database cluster of one location, and the PostgreSQL programs that work on it.

    `durable=False` trades safety against a loss of power for speed.
    """

    def __init__(self, location: ServerLocation, *, durable: bool) -> None:
        self.location = location
        self.durable = durable
        self.data = location.folder / DATA

    def url(self, database: str) -> str:
        password = (self.location.folder / "password").read_text(encoding="ascii").strip()
        return (
            f"postgres://botbot:{password}@{quote(str(self.location.socket), safe='')}:{self.location.port}/{database}"
        )

    def make(self) -> None:
        """Create the database cluster if it does not exist; one that was interrupted half-way is created again."""
        if self.data.exists():
            return
        with self.location.as_server_user():
            password = self.location.folder / "password"
            write_atomically(password, secrets.token_urlsafe(24))
            fresh = self.location.folder / f"{DATA}.{os.getpid()}"
            for leftover in self.location.folder.glob(f"{DATA}.*"):
                shutil.rmtree(leftover, ignore_errors=True)  # the initdb of a killed process may still write there
        self.run(
            "initdb",
            f"--pgdata={fresh.name}",
            "--username=botbot",
            f"--pwfile={password.name}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        )
        with self.location.as_server_user():
            with (fresh / "postgresql.conf").open("a") as conf:
                conf.write("\ninclude 'botbot.conf'\n")
            fresh.rename(self.data)

    def prepare(self) -> None:
        """Write the settings, and remove the lock files of a killed server.

        PostgreSQL trusts such a file if a process with the same pid exists, and then refuses to start.
        """
        settings = SETTINGS | {
            "unix_socket_directories": f"'{self.location.socket}'",
            "shared_buffers": f"'{shared_buffers()}MB'",
        }
        if not self.durable:
            # With full pages in the log: a server that is killed may leave half a page written.
            settings |= {"fsync": "off", "synchronous_commit": "off"}
        with self.location.as_server_user():
            for leftover in (
                self.data / "postmaster.pid",
                self.location.socket / f".s.PGSQL.{self.location.port}.lock",
                self.location.socket / f".s.PGSQL.{self.location.port}",
            ):
                leftover.unlink(missing_ok=True)
            write_atomically(
                self.data / "botbot.conf", "".join(f"{name} = {value}\n" for name, value in settings.items())
            )
            (self.data / "log").mkdir(mode=0o700, exist_ok=True)
            write_atomically(self.data / "log" / "start.log", "")

    def reason(self) -> str:
        """The last errors in the server's log, as one line.

        The server writes to start.log until it has read its settings, and then to the newest of its own log files.
        """
        lines = _lines(self.data / "log" / "start.log")
        if any("Future log output" in line for line in lines):
            logs = sorted((self.data / "log").glob("postgres-*.log"), key=lambda log: log.stat().st_mtime)
            lines = [line for log in logs[-1:] for line in _lines(log)]
        begin = max((number for number, line in enumerate(lines) if "starting PostgreSQL" in line), default=0)
        errors = [line for line in lines[begin:] if re.search("FATAL|PANIC|HINT|DETAIL", line)]
        return " ".join(line.partition("] ")[2] or line for line in errors or lines[-1:]) or "it left no log"

    def run(self, program: str, *arguments: str) -> None:
        user, group = self.location.run_as or (None, None)
        try:
            done = subprocess.run(
                [str(self.location.bin / program), *arguments],
                cwd=self.location.folder,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
                user=user,
                group=group,
                extra_groups=[] if self.location.run_as else None,
                check=False,
            )
        except OSError as error:
            raise EmbeddedError(f"{program} of the embedded PostgreSQL cannot run: {error}.") from None
        if done.returncode:
            message = done.stderr.decode(errors="replace").strip().replace("\n", " ")
            raise EmbeddedError(f"{program} of the embedded PostgreSQL failed: {message}")


def _lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []


def shared_buffers(machine: int | None = None, cgroups: Path = CGROUPS) -> int:
    """The size of the server's cache in megabytes: a quarter of the memory, or of a container's limit if that is lower.

    `machine` is the memory in bytes, by default that of this machine.

    https://www.postgresql.org/docs/18/runtime-config-resource.html recommends a quarter.
    """
    memory = machine or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in (cgroups / name for name in LIMITS):
        text = limit.read_text(encoding="ascii").strip() if limit.is_file() else ""
        if text.isdigit():
            memory = min(memory, int(text))
    return max(MIN_BUFFERS_MB, min(MAX_BUFFERS_MB, memory // 4 >> 20))
