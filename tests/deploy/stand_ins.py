"""What takes the place of apt, git, python3 and systemctl on the machine of tests/deploy/machine.py.

`python -m tests.deploy.stand_ins NAME ARGUMENTS...`
"""

from __future__ import annotations

import os
import pwd
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from configparser import ConfigParser
from importlib.metadata import distribution, entry_points
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNITS = Path("/etc/systemd/system")
PIDS = Path("/run/stand-ins/pids")
DATABASE = Path("/var/lib/postgresql/fresh")
NOT_COPIED = ("node_modules", "var", "bench", "tests", ".*")
START_SECONDS = 60


def main(name: str, arguments: list[str]) -> None:
    {"apt": apt, "git": git, "python3": python3, "pip": pip, "systemctl": systemctl}[name](arguments)


def run(command: list[str], user: str = "") -> str:
    """Run a command to its end; return its output. One that fails ends this program."""
    changed = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
    done = subprocess.run(
        [*changed, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    output = done.stdout.decode(errors="replace")
    if done.returncode:
        sys.exit(f"{shlex.join(command)}: exit code {done.returncode}\n{output}")
    return output


# apt


def apt(arguments: list[str]) -> None:
    assert arguments[0] == "install"
    packages = arguments[1:]
    # Where this machine's lists know any package, they have to know these.
    if run(["apt-cache", "pkgnames", "python3-venv"]).strip():
        run(["apt-cache", "show", "--no-all-versions", *packages])
    if "postgresql" in packages:
        run(["adduser", "--system", "--group", "--home", "/var/lib/postgresql", "postgres"])
        sockets = Path("/var/run/postgresql")
        sockets.mkdir()
        shutil.chown(sockets, "postgres", "postgres")
        # As Debian does: programs are recognised by the user that they run as.
        options = ["--auth-local=peer", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        run([program("initdb"), f"--pgdata={DATABASE}", "--username=postgres", *options], "postgres")
        with (DATABASE / "postgresql.conf").open("a", encoding="utf-8") as settings:
            # The second one is where the embedded one's own programs look, as Debian's do in the first.
            settings.write("\nunix_socket_directories = '/var/run/postgresql,/tmp'\nfsync = off\n")
        control_database("start")
    if "nginx" in packages:
        run(["nginx"])


def program(name: str) -> str:
    """The program itself: PostgreSQL finds its other files from there."""
    return os.path.realpath(f"/usr/local/bin/{name}")


def control_database(verb: str) -> None:
    log = DATABASE / "log"
    run([program("pg_ctl"), verb, "--wait", f"--pgdata={DATABASE}", f"--log={log}", "--mode=fast"], "postgres")


# git and pip


def git(arguments: list[str]) -> None:
    """`clone ADDRESS FOLDER`, and a `pull` that brings nothing new."""
    if "pull" in arguments:
        return
    verb, _address, folder = arguments
    assert verb == "clone"
    # With the times of files, so that what is compiled already is not compiled again.
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED), symlinks=True)


def python3(arguments: list[str]) -> None:
    """`-m venv FOLDER`, without pip, which would be copied for seconds; anything else is done by Python itself."""
    real = f"{sys.base_prefix}/bin/python3"
    if arguments[:2] != ["-m", "venv"]:
        os.execv(real, [real, *arguments])  # noqa: S606
    run([real, "-m", "venv", "--without-pip", arguments[2]])
    script = Path(arguments[2]) / "bin" / "pip"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.deploy.stand_ins pip {arguments[2]} "$@"\n')
    script.chmod(0o755)


def pip(arguments: list[str]) -> None:
    """`install -r FILE`, into the environment that the first argument names."""
    environment, verb, option, requirements = arguments
    assert (verb, option) == ("install", "-r")
    pinned = re.findall(r"^([\w.\-]+)(?:\[\w+\])?==([^\s;]+)", Path(requirements).read_text(), re.MULTILINE)
    assert len(pinned) > 50
    for name, version in pinned:
        if not _is_installed(name, version):
            sys.exit(f"{name}=={version} is not what the tests run with: make .venv/test.stamp")
    [packages] = Path(environment).glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    [gunicorn] = entry_points(group="console_scripts", name="gunicorn")
    module, _, function = gunicorn.value.partition(":")
    script = Path(environment) / "bin" / "gunicorn"
    script.write_text(
        f"#!{environment}/bin/python\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"
    )
    script.chmod(0o755)


def _is_installed(name: str, version: str) -> bool:
    try:
        return distribution(name).version == version
    except ModuleNotFoundError:
        return False


# systemctl


def systemctl(arguments: list[str]) -> None:
    PIDS.mkdir(exist_ok=True)
    verb, *units = (argument for argument in arguments if argument != "--now")
    for unit in units:
        match verb, unit:
            case "restart", "postgresql":
                control_database("restart")
            case "reload", "nginx":
                make_certificates()
                run(["nginx", "-t"])
                run(["nginx", "-s", "reload"])
            case "enable", _ if unit.endswith(".timer"):
                verify(UNITS / unit)
                assert read_unit(UNITS / unit)["Timer"]["OnCalendar"]
                assert (UNITS / unit).with_suffix(".service").exists()
            case "enable" | "start", _:
                start(unit)
            case "stop", _:
                stop(unit)
            case "restart", _:
                stop(unit)
                start(unit)
            case "reload", _:
                reload(unit)
            case _:
                sys.exit(f"systemctl {verb} {unit}: not known here")


def make_certificates() -> None:
    """What a certificate authority gives: the files that the configuration names."""
    for path in Path("/etc/nginx/conf.d").glob("*.conf"):
        text = path.read_text(encoding="utf-8")
        for chain, key in zip(
            re.findall(r"ssl_certificate\s+(\S+);", text),
            re.findall(r"ssl_certificate_key\s+(\S+);", text),
            strict=True,
        ):
            Path(chain).parent.mkdir(parents=True, exist_ok=True)
            names = ["-subj", "/CN=logs.example.org", "-addext", "subjectAltName=DNS:logs.example.org"]
            curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
            run(["openssl", "req", "-x509", *curve, *names, "-keyout", key, "-out", chain])


def read_unit(path: Path) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    assert parser.read(path), f"{path} is not there"
    return parser


def verify(path: Path) -> None:
    """Let systemd say what it does not understand, or what is not there."""
    done = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False)
    if path.name in done.stderr:
        sys.exit(f"systemd-analyze verify: {done.stderr}")


def start(unit: str) -> None:
    from botbot import env  # not for the other programs, which are started often

    path = UNITS / f"{unit}.service"
    verify(path)
    service = read_unit(path)["Service"]
    user = pwd.getpwnam(service["User"])
    if state := service.get("StateDirectory"):
        folder = Path("/var/lib") / state
        folder.mkdir(exist_ok=True)
        os.chown(folder, user.pw_uid, user.pw_gid)
    for needed in service.get("ReadWritePaths", "").split():
        assert Path(needed).is_dir(), f"systemd does not start {unit}: {needed} is not there"
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": user.pw_dir, "USER": user.pw_name}
    settings = Path(service["EnvironmentFile"])
    environment |= env.parse(settings.read_text(encoding="utf-8"), str(settings))
    notifications = Path(f"/run/stand-ins/{unit}.notify")
    notifications.unlink(missing_ok=True)
    log = Path(f"/var/log/{unit}.log")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening, log.open("ab") as output:
        listening.bind(str(notifications))
        notifications.chmod(0o777)
        listening.settimeout(0.1)
        environment["NOTIFY_SOCKET"] = str(notifications)
        process = subprocess.Popen(
            shlex.split(service["ExecStart"]),
            cwd=service["WorkingDirectory"],
            env=environment,
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        (PIDS / unit).write_text(str(process.pid), encoding="ascii")
        if service.get("Type") == "oneshot":
            if process.wait():
                sys.exit(f"{unit} failed:\n{log.read_text()}")
        elif service["Type"] == "notify":
            wait_until_ready(unit, process, listening, log)


def wait_until_ready(unit: str, process: subprocess.Popen[bytes], listening: socket.socket, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if "READY=1" in listening.recv(4096).decode().split("\n"):
                return
        except TimeoutError:
            continue
    sys.exit(f"{unit} has not started:\n{log.read_text()}")


def stop(unit: str) -> None:
    seconds = int(read_unit(UNITS / f"{unit}.service")["Service"]["TimeoutStopSec"])
    pid = find_process(unit)
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while Path(f"/proc/{pid}").exists() and "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text():
        if time.monotonic() > deadline:
            sys.exit(f"{unit} does not stop within {seconds} s")
        time.sleep(0.05)


def reload(unit: str) -> None:
    command = read_unit(UNITS / f"{unit}.service")["Service"]["ExecReload"]
    run(shlex.split(command.replace("$MAINPID", str(find_process(unit)))))


def find_process(unit: str) -> int:
    pid = int((PIDS / unit).read_text(encoding="ascii"))
    if not Path(f"/proc/{pid}").exists():
        sys.exit(f"{unit} has ended:\n{Path(f'/var/log/{unit}.log').read_text()}")
    return pid


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
