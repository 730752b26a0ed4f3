"""Real IRC servers from Debian on free loopback ports, and a client who talks there and remembers what was heard."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, Self

import gevent
from gevent.event import Event

from tests.processes import PATIENCE, Process, free_port, wait_for
from tests.programs import require


class Ircd(Process):
    """A server in a folder of its own; started again it keeps its ports."""

    host = "127.0.0.1"
    channel = "#garden"
    configuration: ClassVar[str]

    def __init__(self, folder: Path, command: list[str], name: str = "irc.example.org", **values: object) -> None:
        self.folder = folder
        self.name = name
        self.port, self.tls_port = free_port(), free_port()
        self.certificate = make_certificate(folder)
        path = folder / "ircd.conf"
        path.write_text(
            self.configuration.format(
                name=name, host=self.host, port=self.port, tls_port=self.tls_port, folder=folder, **values
            )
        )
        super().__init__([part.format(conf=path) for part in command], {}, folder / "ircd.log")
        self.cwd = folder

    def start(self) -> None:
        """Returns once it takes connections."""
        super().start()
        wait_for(self._answers, 20, f"{self.command[0]} listens")

    def client(self, nick: str) -> Client:
        """A person who may talk as fast as they like."""
        return Client(self.host, self.port, nick)

    def _answers(self) -> bool:
        assert self.running(), f"{self.command[0]} ended:\n{self.output()}"
        try:
            socket.create_connection((self.host, self.port), timeout=5).close()
        except OSError:
            return False
        return True


class Ngircd(Ircd):
    """ngIRCd: multi-prefix, else plain RFC 2812; TLS on `tls_port`."""

    configuration = """
[Global]
    Name = {name}
    Info = Test
    AdminEMail = root@example.org
    Listen = {host}
    Ports = {port}
    MotdPhrase = "Welcome"
    PidFile =
[Limits]
    MaxConnectionsIP = 0
    MaxJoins = 0
    MaxNickLength = 20
    MaxPenaltyTime = 0
    PingTimeout = 120
    PongTimeout = 20
[Options]
    DNS = no
    Ident = no
    PAM = no
    OperCanUseMode = yes
[SSL]
    CertFile = {folder}/certificate.pem
    KeyFile = {folder}/key.pem
    Ports = {tls_port}
[Operator]
    Name = oper
    Password = secret
{links}
"""
    link = """
[Server]
    Name = {name}
    Host = {host}
    Port = {port}
    MyPassword = secret
    PeerPassword = secret
    Passive = yes
"""

    def __init__(self, folder: Path, name: str = "irc.example.org", peers: Sequence[Ngircd | str] = ()) -> None:
        """`peers` are links that an operator may open with CONNECT, or names of servers that may do so to this one."""
        links = "".join(
            self.link.format(name=peer, host=self.host, port=0)
            if isinstance(peer, str)
            else self.link.format(name=peer.name, host=self.host, port=peer.port)
            for peer in peers
        )
        super().__init__(folder, [require("ngircd"), "-n", "-f", "{conf}"], name, links=links)


class Inspircd(Ircd):
    """InspIRCd 3: server-time, message ids, account-tag, STATUSMSG, history on join (+H); TLS on `tls_port`."""

    modules = (
        "alltime banredirect botmode cap chanhistory customprefix ircv3 ircv3_accounttag ircv3_batch ircv3_capnotify "
        "ircv3_chghost ircv3_ctctags ircv3_echomessage ircv3_invitenotify ircv3_labeledresponse ircv3_msgid "
        "ircv3_servertime monitor namesx redirect sajoin sapart services_account setname ssl_gnutls uhnames globalload"
    )
    configuration = """
<server name="{name}" description="Test" network="Test">
<admin name="root" nick="root" email="root@example.org">
<bind address="{host}" port="{port}" type="clients">
<bind address="{host}" port="{tls_port}" type="clients" sslprofile="tls">
<sslprofile name="tls" provider="gnutls" hash="sha256" certfile="{folder}/certificate.pem" keyfile="{folder}/key.pem">
<connect name="all" allow="*" timeout="60" pingfreq="120" hardsendq="10M" softsendq="1M" recvq="1M" threshold="1000"
 commandrate="1000000" fakelag="no" localmax="1000" globalmax="1000" resolvehostnames="no" useident="no" modes="+x">
<performance softlimit="1000" clonesonconnect="no">
<options casemapping="{casemapping}" defaultmodes="ont" syntaxhints="no">
<files motd="{folder}/motd">
<chanhistory bots="yes" maxlines="2000" prefixmsg="no" sendtobots="yes">
<class name="all" commands="*" privs="*" usermodes="*" chanmodes="*">
<type name="all" classes="all">
<oper name="oper" password="secret" host="*@*" type="all">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{folder}/inspircd.log">
{modules}
"""

    def __init__(self, folder: Path, casemapping: str = "rfc1459", **values: object) -> None:
        (folder / "motd").write_text("Welcome\n")
        modules = "\n".join(f'<module name="{name}">' for name in self.modules.split())
        command = [require("inspircd"), "--nofork", "--nopid", "--runasroot", "--config={conf}"]
        super().__init__(folder, command, modules=modules, casemapping=casemapping, **values)


class Client:
    """A person on IRC. `lines` holds all that was ever heard; PING is answered unasked."""

    def __init__(self, host: str, port: int, nick: str, *, tls: ssl.SSLContext | None = None) -> None:
        """Returns once the server has welcomed us."""
        self.nick = nick
        self.lines: list[str] = []
        self._seen = 0
        self._received = Event()
        plain = socket.create_connection((host, port), timeout=10)
        self._socket = tls.wrap_socket(plain, server_hostname=host) if tls else plain
        self._socket.settimeout(None)
        self._reader = gevent.spawn(self._read)
        self.send(f"NICK {nick}")
        self.send(f"USER {nick} 0 * :{nick}")
        self.read_until(" 001 ")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def send(self, line: str | bytes) -> None:
        """One raw line, without its ending."""
        self._socket.sendall((line if isinstance(line, bytes) else line.encode()) + b"\r\n")

    def read_until(self, part: str, seconds: float = 10) -> str:
        """The next line heard that holds this text; lines before it are skipped."""
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            while self._seen < len(self.lines):
                self._seen += 1
                if part in self.lines[self._seen - 1]:
                    return self.lines[self._seen - 1]
            self._received.clear()
            received = self._received.wait(max(0.0, deadline - time.monotonic()))
            assert received, f"{self.nick} did not receive {part!r}: {self.lines[-20:]}"

    def settle(self) -> None:
        """Returns once the server has done all that it was sent."""
        token = f"settled-{len(self.lines)}-{self._seen}"
        self.send(f"PING {token}")
        self.read_until(token)

    def join(self, channel: str, key: str = "") -> None:
        self.send(f"JOIN {channel} {key}".rstrip(" "))
        self.read_until(" 366 ")

    def say(self, target: str, text: str) -> None:
        self.send(f"PRIVMSG {target} :{text}")

    def action(self, target: str, text: str) -> None:
        self.send(f"PRIVMSG {target} :\x01ACTION {text}\x01")

    def notice(self, target: str, text: str) -> None:
        self.send(f"NOTICE {target} :{text}")

    def part(self, channel: str, reason: str) -> None:
        self.send(f"PART {channel} :{reason}")
        self.read_until(" PART ")

    def rename(self, nick: str) -> None:
        self.send(f"NICK {nick}")
        self.read_until(" NICK ")
        self.nick = nick

    def kick(self, channel: str, nick: str, reason: str) -> None:
        self.send(f"KICK {channel} {nick} :{reason}")
        self.read_until(" KICK ")

    def mode(self, channel: str, change: str) -> None:
        self.send(f"MODE {channel} {change}")
        self.read_until(" MODE ")

    def topic(self, channel: str, text: str) -> None:
        self.send(f"TOPIC {channel} :{text}")
        self.read_until(" TOPIC ")

    def quit(self, reason: str) -> None:
        self.send(f"QUIT :{reason}")
        self._reader.join(10)
        self.close()

    def oper(self) -> None:
        """Become an operator of the server."""
        self.send("OPER oper secret")
        self.read_until(" 381 ")

    def close(self) -> None:
        self._reader.kill()
        self._socket.close()

    def _read(self) -> None:
        rest = b""
        while True:
            try:
                read = self._socket.recv(65536)
            except OSError:
                return
            if not read:
                return
            *whole, rest = (rest + read).split(b"\n")
            for line in whole:
                text = line.rstrip(b"\r").decode("utf-8", "surrogateescape")
                if text.startswith("PING "):
                    self.send(f"PONG {text[5:]}")
                self.lines.append(text)
            self._received.set()


def make_certificate(folder: Path, host: str = "localhost") -> Path:
    """A certificate for localhost and 127.0.0.1 (or another host alone) that vouches for itself, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not certificate.exists():
        for path, content in zip((certificate, key), _self_signed(host), strict=True):
            path.write_bytes(content)
    return certificate


@cache
def _self_signed(host: str) -> tuple[bytes, bytes]:
    """A certificate and its key. Generating a key takes a while, so that the tests of one run share them."""
    names = f"DNS:{host},IP:127.0.0.1" if host == "localhost" else f"DNS:{host}"
    with TemporaryDirectory() as folder:
        certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        subprocess.run(
            [
                *(require("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"),
                *("-subj", f"/CN={host}", "-addext", f"subjectAltName={names}"),
                *("-keyout", str(key), "-out", str(certificate)),
            ],
            check=True,
            capture_output=True,
        )
        return certificate.read_bytes(), key.read_bytes()
