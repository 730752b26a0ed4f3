"""The files of an embedded PostgreSQL: made once, given their settings before each start, and asked why it failed."""
# MERGED: How much of the machine's memory the embedded PostgreSQL may use as its own cache.

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


class Cluster:
    """The database cluster of one place, and PostgreSQL's programs that work on it."""

    def __init__(self, place: ServerLocation, *, durable: bool) -> None:
        self.place = place
        self.durable = durable
        self.data = place.folder / DATA

    def url(self, database: str) -> str:
        password = (self.place.folder / "password").read_text(encoding="ascii").strip()
        return f"postgres://botbot:{password}@{quote(str(self.place.socket), safe='')}:{self.place.port}/{database}"

    def make(self) -> None:
        """A database cluster, once; one that was only half made is made anew."""
        if self.data.exists():
            return
        with self.place.acting():
            password = self.place.folder / "password"
            write_atomically(password, secrets.token_urlsafe(24))
            fresh = self.place.folder / f"{DATA}.{os.getpid()}"
            for left in self.place.folder.glob(f"{DATA}.*"):
                shutil.rmtree(left, ignore_errors=True)  # an initdb whose master was killed may still be at work there
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
        with self.place.acting():
            with (fresh / "postgresql.conf").open("a") as conf:
                conf.write("\ninclude 'botbot.conf'\n")
            fresh.rename(self.data)

    def prepare(self) -> None:
        """Writes the settings, and removes what a killed server left, also when its number is another program's now."""
        settings = SETTINGS | {
            "unix_socket_directories": f"'{self.place.socket}'",
            "shared_buffers": f"'{shared_buffers()}MB'",
        }
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        with self.place.acting():
            for left in (
                self.data / "postmaster.pid",
                self.place.socket / f".s.PGSQL.{self.place.port}.lock",
                self.place.socket / f".s.PGSQL.{self.place.port}",
            ):
                left.unlink(missing_ok=True)
            write_atomically(
                self.data / "botbot.conf", "".join(f"{name} = {value}\n" for name, value in settings.items())
            )
            (self.data / "log").mkdir(mode=0o700, exist_ok=True)
            write_atomically(self.data / "log" / "start.log", "")

    def reason(self) -> str:
        """What the server said last; from when it knows its settings it writes into the newest of its own logs."""
        said = _lines(self.data / "log" / "start.log")
        if any("Future log output" in line for line in said):
            logs = sorted((self.data / "log").glob("postgres-*.log"), key=lambda log: log.stat().st_mtime)
            said = [line for log in logs[-1:] for line in _lines(log)]
        begin = max((number for number, line in enumerate(said) if "starting PostgreSQL" in line), default=0)
        telling = [line for line in said[begin:] if re.search("FATAL|PANIC|HINT|DETAIL", line)]
        return " ".join(line.partition("] ")[2] or line for line in telling or said[-1:]) or "it left no log"

    def run(self, program: str, *arguments: str) -> None:
        user, group = self.place.run_as or (None, None)
        try:
            done = subprocess.run(
                [str(self.place.bin / program), *arguments],
                cwd=self.place.folder,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
                user=user,
                group=group,
                extra_groups=[] if self.place.run_as else None,
                check=False,
            )
        except OSError as error:
            raise EmbeddedError(f"{program} of the embedded PostgreSQL cannot run: {error}.") from None
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().replace("\n", " ")
            raise EmbeddedError(f"{program} of the embedded PostgreSQL failed: {said}")


def _lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []


CGROUPS = Path("/sys/fs/cgroup")
LIMITS = ("memory.max", "memory/memory.limit_in_bytes")
"""Where a container's limit stands, in version 2 and 1 of cgroups."""

MIN_BUFFERS_MB, MAX_BUFFERS_MB = 128, 4096


def shared_buffers(machine: int | None = None, cgroups: Path = CGROUPS) -> int:
    """Megabytes: a quarter of `machine`, the bytes of memory there are, or of what a container leaves of them.

    https://www.postgresql.org/docs/18/runtime-config-resource.html recommends as much.
    """
    memory = machine or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in (cgroups / name for name in LIMITS):
        told = limit.read_text(encoding="ascii").strip() if limit.is_file() else ""
        if told.isdigit():
            memory = min(memory, int(told))
    return max(MIN_BUFFERS_MB, min(MAX_BUFFERS_MB, memory // 4 >> 20))
