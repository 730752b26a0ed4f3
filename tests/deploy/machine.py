"""A fresh machine for the documentation: every path, port and user is free in it, and nothing of it remains.

The root folder is an overlay on this machine's, whose changes are in memory; mounts, network and processes are in
namespaces of their own. Stand-ins take the place of what such a machine cannot do, or what would take minutes:

| program | what its stand-in does (tests/deploy/stand_ins.py) |
|---|---|
| apt | starts what Debian's packages would have started: PostgreSQL (the embedded one's programs) and nginx |
| git | copies the working tree |
| python3 | makes a virtual environment whose pip borrows the tests' packages, if they are those that are pinned |
| systemctl | starts services as their units say, and lets systemd-analyze verify these |
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Self

import pytest

from botbot.embedded import location
from tests.processes import ROOT
from tests.programs import missing, require

SETUP = """
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 none {folder}
mkdir {folder}/upper {folder}/work {folder}/root
mount -t overlay overlay -o lowerdir=/,upperdir={folder}/upper,workdir={folder}/work {folder}/root
cd {folder}/root
# `make run` as root keeps its data there; a fresh machine has none.
rm -rf var/lib/botbot
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs -o mode=755 none run
mkdir run/stand-ins
{visible}
{stand_ins}
exec chroot . /bin/sh -c 'echo ready; exec sleep infinity'
"""
STAND_IN = """cat > run/stand-ins/{name} <<'END'
#!/bin/sh
exec {python} -m tests.deploy.stand_ins {name} "$@"
END
chmod 755 run/stand-ins/{name}"""
LOOPBACK = "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh14x', b'lo', 0x41))"
"""Switches the loopback interface on (SIOCSIFFLAGS, IFF_UP | IFF_RUNNING), without the program `ip`."""

PATH = "/run/stand-ins:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Machine:
    """Runs as long as the context lasts. `folder` is an empty folder of the test."""

    def __init__(self, folder: Path) -> None:
        if os.geteuid() != 0:
            missing("only root can have a machine of its own")
        for program in ("unshare", "nsenter", "chroot", "adduser", "curl", "nginx"):
            require(
                program, package={"unshare": "util-linux", "nsenter": "util-linux", "chroot": "coreutils"}.get(program)
            )
        require("systemd-analyze", package="systemd")
        self._folder = folder
        self._unshare: subprocess.Popen[str] | None = None
        self._pid = 0

    def __enter__(self) -> Self:
        binaries = location.find_binaries()
        needed = [ROOT, Path(sys.prefix).resolve(), Path(sys.base_prefix), binaries]
        needed.append(Path(sysconfig.get_path("purelib")).resolve())
        names = [STAND_IN.format(name=name, python=sys.executable) for name in ("apt", "git", "python3", "systemctl")]
        names += [f"ln -sf {program} usr/local/bin/" for program in binaries.iterdir()]
        setup = SETUP.format(folder=self._folder, visible=_make_visible(needed), stand_ins="\n".join(names))
        unshare = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "/bin/sh", "-c"]
        if subprocess.run([*unshare, "mount --make-rprivate /"], capture_output=True, check=False).returncode:
            # Nothing that could be installed would help, so that this is no fault of a CI.
            pytest.skip("the kernel allows no namespaces here, as in a container without privileges")
        self._unshare = subprocess.Popen([*unshare, setup], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self._unshare.stdout
        if self._unshare.stdout.readline() != "ready\n":
            _, errors = self._unshare.communicate(timeout=30)
            pytest.fail(f"the machine cannot be set up: {errors}", pytrace=False)
        children = Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children").read_text(encoding="ascii")
        self._pid = int(children.split()[0])
        self.run(f"{sys.executable} -c {shlex.quote(LOOPBACK)}")
        return self

    def __exit__(self, *exception: object) -> None:
        if self._unshare:
            if self._unshare.poll() is None:
                os.kill(self._pid, signal.SIGKILL)  # and with it all processes of the machine
            self._unshare.communicate(timeout=30)

    def run(self, script: str) -> str:
        """Run a script as root does in a shell; return what it prints. One that fails fails the test."""
        environment = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        enter = ["nsenter", "--target", str(self._pid), "--mount", "--net", "--pid", "chroot", f"{self._folder}/root"]
        done = subprocess.run(
            [*enter, "/bin/bash", "-euo", "pipefail", "-c", script],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n\nexit code {done.returncode}:\n{done.stdout}"
        return done.stdout


def _make_visible(paths: list[Path]) -> str:
    """Return commands that show folders of this machine in the new one, where every user may enter them."""
    commands = []
    for path in paths:
        if path.stat().st_dev != Path("/").stat().st_dev:
            commands.append(f"mkdir -p .{path}; mount --bind {path} .{path}")
        commands += [f"chmod o+rx .{parent}" for parent in reversed(path.parents) if not _is_open(parent)]
    return "\n".join(dict.fromkeys(commands))


def _is_open(folder: Path) -> bool:
    return folder.stat().st_mode & 0o005 == 0o005
