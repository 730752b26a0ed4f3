"""IRC servers that cannot be installed beside the others: Debian's packages, unpacked, run from a folder of their own.

They know their files by absolute paths and refuse to run as root. A copy of the program therefore gets relative paths
in their stead, and root runs it as nobody.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import ClassVar

from tests.ircd import Client, Ircd
from tests.processes import ROOT
from tests.programs import missing, require, unprivileged

PACKAGES = ROOT / "var" / "debian"


def unpacked(package: str) -> Path:
    """Where `.ci/run` has unpacked a package; the test is skipped, or fails, where it has not."""
    folder = PACKAGES / package
    if not folder.exists():
        missing(f"{package} is not unpacked: see .ci/run")
    return folder


class Transplanted(Ircd):
    """The files of `package` that are named in `paths` are looked for in the server's own folder."""

    package: ClassVar[str]
    program: ClassVar[str]
    paths: ClassVar[dict[str, str]]

    def __init__(self, log: Path, *arguments: str) -> None:
        program = unpacked(self.package) / self.program
        home = Path(tempfile.mkdtemp(prefix="botbot-ircd-"))
        super().__init__(home, ["./ircd", *arguments])
        self.log = log / f"{self.package}.log"
        (home / "ircd").write_bytes(with_paths(program.read_bytes(), self.paths))
        (home / "ircd").chmod(0o755)
        self.command = [*unprivileged(home), *self.command]

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        shutil.rmtree(self.folder)


class Hybrid(Transplanted):
    """ircd-hybrid, as on OFTC: STATUSMSG, half-operators, MONITOR; neither server-time nor message ids."""

    package = "ircd-hybrid"
    program = "usr/sbin/ircd-hybrid"
    paths: ClassVar[dict[str, str]] = {
        "/usr": ".",
        "/usr/lib/ircd-hybrid/modules/": "modules/",
        "/usr/lib/ircd-hybrid/modules//autoload/": "modules/autoload/",
    }
    configuration = """
serverinfo {{ name = "{name}"; sid = "0AA"; description = "Test"; network_name = "Test"; max_nick_length = 20; }};
admin {{ name = "root"; email = "root@example.org"; }};
class {{ name = "all"; ping_time = 120 seconds; number_per_ip_local = 1000; number_per_ip_global = 1000;
  max_number = 1000; sendq = 10 megabytes; recvq = 8000 bytes; }};
listen {{ host = "{host}"; port = {port}; }};
auth {{ user = "*@*"; class = "all"; flags = can_flood, exceed_limit, no_tilde; }};
channel {{ default_join_flood_count = 0; }};
general {{ disable_auth = yes; default_floodcount = 0; throttle_count = 100000; anti_nick_flood = no;
  anti_spam_exit_message_time = 0; }};
"""

    def __init__(self, folder: Path) -> None:
        files = [part for name in ("kline", "dline", "xline", "resv", "pid", "log") for part in (f"-{name}file", name)]
        super().__init__(folder, "-foreground", "-configfile", "ircd.conf", *files)
        modules = unpacked(self.package) / "usr/lib/ircd-hybrid/modules"
        shutil.copytree(modules, self.folder / "modules")


class Irc2(Transplanted):
    """The IRC server of IRCnet: RFC 2812 and nothing else. Only channels of the server itself have operators here, for
    those of the network wait for other servers."""

    package = "ircd-irc2"
    program = "usr/sbin/ircd"
    channel = "&garden"
    paths: ClassVar[dict[str, str]] = {
        "/etc/ircd/ircd.conf": "ircd.conf",
        "/etc/ircd/ircd.m4": "ircd.m4",
        "/etc/ircd/ircd.motd": "ircd.motd",
        "/var/log/ircd/ircd": "log",
        "/var/log/ircd/ircd.opers": "opers",
        "/var/log/ircd/ircd.rejects": "rejects",
        "/var/log/ircd/ircd.users": "users",
        "/var/run/ircd/ircd.pid": "pid",
        "/var/run/ircd/ircd.tune": "tune",
    }
    configuration = """M%{name}%%Test%{port}%000A%
A%Test%Test%Test%%Test%
Y%1%120%%1000%10000000%1000.1000%1000.1000%
I%*%%%%1%
O%*%$1$ab$dslkcXxVH.x8LwW1W/oAB/%oper%%1%APp%
P%{host}%%%{port}%%
"""

    def __init__(self, folder: Path) -> None:
        require("m4")
        super().__init__(folder, "-s", "-t", "-p", "off")
        (self.folder / "ircd.m4").touch()

    def client(self, nick: str) -> Client:
        client = super().client(nick)
        client.oper()
        return client


def with_paths(program: bytes, paths: dict[str, str]) -> bytes:
    """The program with other, shorter paths, so that nothing in it moves."""
    for old, new in paths.items():
        before, after = (f"\0{path}\0".encode() for path in (old, new))
        assert program.count(before) == 1, f"the program does not know {old}"
        assert len(after) <= len(before)
        program = program.replace(before, after.ljust(len(before), b"\0"))
    return program
