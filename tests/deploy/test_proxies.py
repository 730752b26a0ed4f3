"""deploy/haproxy/haproxy.cfg and deploy/caddy/Caddyfile under the real programs: pages, live, who a visitor is."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest

from logs.models import Channel
from tests.conftest import Say
from tests.deploy.nginx import insecure
from tests.ircd import make_certificate
from tests.logs.live.reader import Reader, write
from tests.processes import ROOT, Process, Site, free_port, wait_for
from tests.programs import require


class Proxy(Process):
    """Its `port` speaks plain HTTP."""

    port: int

    def __init__(self, folder: Path, command: Callable[[Path], list[str]], file: str, changes: dict[str, str]) -> None:
        folder.mkdir()
        text = (ROOT / "deploy" / file).read_text(encoding="utf-8")
        for old, new in changes.items():
            assert old in text, f"{file} has no {old!r}"
            text = text.replace(old, new)
        configuration = folder / Path(file).name
        configuration.write_text(text, encoding="utf-8")
        super().__init__(command(configuration), {"HOME": str(folder)}, folder / "proxy.log")
        self.cwd = folder

    def start(self) -> None:
        super().start()
        wait_for(self._answers, 20, "the proxy answers")

    def _answers(self) -> bool:
        assert self.running(), f"the proxy ended:\n{self.output()}"
        try:
            with get(self.port, "/robots.txt") as response:
                return response.status == 200
        except (OSError, HTTPException):
            return False


class HAProxy(Proxy):
    def __init__(self, folder: Path, upstream: int) -> None:
        self.port, self.tls_port = free_port(), free_port()
        certificate = make_certificate(folder.parent)
        pem = folder.with_name("both.pem")
        pem.write_bytes(certificate.read_bytes() + certificate.with_name("key.pem").read_bytes())
        tls = "ssl crt /etc/haproxy/logs.example.org.pem"
        changes = {
            "    user haproxy\n    group haproxy\n": "",
            "maxconn 60000 ": "maxconn 1000 ",
            "bind :80\n": f"bind 127.0.0.1:{free_port()}\n",
            f"bind :443 {tls}": f"bind 127.0.0.1:{self.port}\n    bind 127.0.0.1:{self.tls_port} ssl crt {pem}",
            "host_only -i logs.example.org": "host_only -i logs.example.org 127.0.0.1",
            "127.0.0.1:8000": f"127.0.0.1:{upstream}",
        }
        program = require("haproxy")
        super().__init__(folder, lambda file: [program, "-f", str(file)], "haproxy/haproxy.cfg", changes)


class Caddy(Proxy):
    """Without TLS: its certificate would have to come from elsewhere."""

    def __init__(self, folder: Path, upstream: int) -> None:
        self.port = free_port()
        changes = {
            "{\n\tservers {": "{\n\tadmin off\n\tservers {",
            "\nlogs.example.org {": f"\nhttp://127.0.0.1:{self.port}, http://logs.example.org:{self.port} {{",
            "127.0.0.1:8000": f"127.0.0.1:{upstream}",
        }
        command = [require("caddy"), "run", "--adapter", "caddyfile", "--config"]
        super().__init__(folder, lambda file: [*command, str(file)], "caddy/Caddyfile", changes)


@contextmanager
def get(port: int, path: str, address: str = "127.0.0.1", **headers: str) -> Iterator[HTTPResponse]:
    """The response, whose body is still to be read."""
    http = HTTPConnection("127.0.0.1", port, timeout=30, source_address=(address, 0))
    with closing(http):
        http.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        with http.getresponse() as response:
            yield response


@pytest.mark.parametrize("kind", [HAProxy, Caddy])
def test_pages_lines_and_addresses_pass(
    kind: Callable[[Path, int], Proxy], process_env: dict[str, str], tmp_path: Path, channel: Channel, say: Say
) -> None:
    write(channel, 300)
    path = channel.get_absolute_url()
    with (
        Site(tmp_path, process_env | {"LIVE_PER_ADDRESS": "3"}) as site,
        kind(tmp_path / "proxy", site.port) as proxy,
        ExitStack() as stack,
    ):
        with get(proxy.port, path, Accept_Encoding="gzip") as page:
            assert (page.status, page.headers["Content-Encoding"]) == (200, "gzip")
            assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
            assert "line 299" in gzip.decompress(page.read()).decode()
        with get(proxy.port, "/metrics") as refused:
            assert refused.status == 403
        reader = stack.enter_context(Reader(proxy.port, channel, headers={"Accept-Encoding": "gzip"}))
        for _ in range(20):  # each is read before the next is said, so that no buffer holds it
            line = say(channel, "ann", "now")
            assert reader.lines(until=line.id) == [line.id]
        assert "content-encoding" not in reader.headers

        def follow(number: int, address: str) -> int:
            forged = {"X_Forwarded_For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"}
            return stack.enter_context(get(proxy.port, f"{path}live", address, **forged)).status

        # The site lets an address follow three streams, and knows the addresses, whatever visitors say of themselves.
        assert [follow(number, "127.0.0.2") for number in range(4)] == [200, 200, 200, 429]
        assert follow(4, "127.0.0.3") == 200
        assert "Traceback" not in site.output()


def test_haproxy_speaks_tls_and_knows_its_name(process_env: dict[str, str], tmp_path: Path) -> None:
    with Site(tmp_path, process_env) as site, HAProxy(tmp_path / "proxy", site.port) as proxy:
        with get(proxy.port, "/robots.txt", Host="elsewhere.example") as refused:
            assert refused.status == 421
        https = HTTPSConnection("127.0.0.1", proxy.tls_port, context=insecure(), timeout=30)
        with closing(https):
            https.request("GET", "/robots.txt")
            with https.getresponse() as page:
                assert page.status == 200
        proxy.stop()
        assert "elsewhere.example" not in site.output()
