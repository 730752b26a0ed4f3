"""deploy/nginx/botbot.conf under the real nginx: what is kept apart, what is held off, what visitors get."""

from __future__ import annotations

import gzip
import os
import re
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.message import Message
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import NamedTuple

import pytest

from logs.models import Channel
from tests.conftest import Say
from tests.deploy.nginx import BROTLI_MODULE, Nginx, insecure
from tests.deploy.slow import count_not_reading, get_pages, slow_clients
from tests.logs.live.reader import Reader, write
from tests.processes import Site, wait_for
from tests.programs import missing


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes


def get(port: int, path: str, **headers: str) -> Answer:
    http = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        http.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = http.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        http.close()


def test_lines_pass_at_once(nginx: Nginx, channel: Channel, say: Say) -> None:
    with Reader(nginx.port, channel) as reader:
        for _ in range(40):  # each is read before the next is said, so that no buffer holds it
            line = say(channel, "ann", "now")
            assert reader.lines(until=line.id) == [line.id]
        assert "content-encoding" not in reader.headers


@pytest.mark.usefixtures("started_as_in_production")
@pytest.mark.parametrize("front", ["nginx", "none"])
def test_slow_clients_keep_nobody_from_pages_and_lines(
    site: Site, tmp_path: Path, channel: Channel, var_dir: Path, front: str
) -> None:
    """As if from as many addresses: from one of them nginx would take no more than a hundred."""
    write(channel, 100)
    other = Channel.objects.create(network=channel.network, name="#large")
    write(other, 3000, "x" * 400)
    path = channel.get_absolute_url()
    with ExitStack() as stack:
        port = site.port
        if front == "nginx":
            changes = {"limit_conn botbot_pages 100;": "limit_conn botbot_pages 1000;"}
            port = stack.enter_context(Nginx(tmp_path / "nginx", [port], var_dir / "static", changes)).port
        clients = stack.enter_context(slow_clients(port, path, other.get_absolute_url()))
        reader = stack.enter_context(Reader(port, channel))
        # The large pages are made, and wait to be read.
        wait_for(lambda: site.output().count(other.get_absolute_url()) >= count_not_reading(clients), 10)
        get_pages(port, path, 10)
        newest = write(channel, 1)
        assert reader.lines(until=newest) == [newest]
        assert any(not client.ended for client in clients), "pages and lines came while slow clients were waiting"
        held = [client for client in clients if front == "none" or client.kind != "body"]  # these only nginx holds
        wait_for(lambda: all(client.ended for client in held), 40, "slow clients are let go")
        get_pages(port, path)
    assert "Traceback" not in site.output()


def test_a_page_that_takes_too_long_is_given_up_and_streams_stay(
    site: Site, tmp_path: Path, channel: Channel, var_dir: Path
) -> None:
    write(channel, 1)
    worker = int(Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text(encoding="ascii").split()[0])
    changes = {"proxy_read_timeout 35s;": "proxy_read_timeout 2s;"}
    with (
        Nginx(tmp_path / "nginx", [site.port], var_dir / "static", changes) as with_timeouts,
        Reader(with_timeouts.port, channel) as reader,
    ):
        reader.next()
        os.kill(worker, signal.SIGSTOP)
        try:
            assert get(with_timeouts.port, channel.get_absolute_url()).status == 504
            time.sleep(2)
        finally:
            os.kill(worker, signal.SIGCONT)
        newest = write(channel, 1)
        assert reader.lines(until=newest) == [newest]


def test_headers_of_untrusted_clients_are_ignored(
    process_env: dict[str, str], tmp_path: Path, var_dir: Path, channel: Channel
) -> None:
    """All come from one address here, whatever they say, and one address has room for three."""
    with (
        Site(tmp_path, process_env | {"LIVE_PER_ADDRESS": "3"}) as site,
        Nginx(tmp_path / "nginx", [site.port], var_dir / "static") as nginx,
        ExitStack() as stack,
    ):
        for number in range(4):
            forged = {"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"}
            reader = stack.enter_context(Reader(nginx.port, channel, headers=forged))
            assert reader.status == (200 if number < 3 else 429)
        assert reader.body() == "Too many readers follow live from your address.\n"
        assert int(reader.headers["retry-after"]) > 0


@contextmanager
def handshake(nginx: Nginx, context: ssl.SSLContext, name: str | None) -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection(("127.0.0.1", nginx.tls_port)) as plain,
        context.wrap_socket(plain, server_hostname=name) as connection,
    ):
        yield connection


def test_strange_hosts_do_not_reach_the_process(nginx: Nginx, site: Site) -> None:
    with pytest.raises(RemoteDisconnected):
        get(nginx.port, "/strange", Host="elsewhere.example")
    for name in ("elsewhere.example", None):
        with pytest.raises(ssl.SSLError), handshake(nginx, insecure(), name):
            pass
    assert get(nginx.port, "/known", Host="logs.example.org").status in {400, 404}
    wait_for(lambda: " /known " in site.output(), 10)
    assert "/strange" not in site.output()


def test_browsers_get_http2_and_are_sent_to_tls(nginx: Nginx) -> None:
    context = insecure()
    context.set_alpn_protocols(["h2", "http/1.1"])
    name = "logs.example.org"
    with handshake(nginx, context, name) as connection:
        assert connection.selected_alpn_protocol() == "h2"
        assert connection.version() == "TLSv1.3"
    old = insecure()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with handshake(nginx, old, name) as connection:
        assert connection.version() == "TLSv1.2"
    redirecting = int(re.findall(r"listen 127\.0\.0\.1:(\d+);\n    server_name", nginx.configuration)[0])
    answer = get(redirecting, "/x?y=1", Host="logs.example.org")
    assert (answer.status, answer.headers["Location"]) == (301, "https://logs.example.org/x?y=1")


def test_pages_are_compressed_and_static_files_kept(nginx: Nginx, channel: Channel) -> None:
    write(channel, 300)
    page = get(nginx.port, channel.get_absolute_url(), Accept_Encoding="gzip")
    assert page.headers["Content-Encoding"] == "gzip"
    assert "max-age" in page.headers["Strict-Transport-Security"]
    html = gzip.decompress(page.body).decode()
    script = re.findall(r'src="(/static/js/live\.[0-9a-f]{12}\.js)"', html)[0]
    file = get(nginx.port, script, Accept_Encoding="gzip")
    assert (file.status, file.headers["Content-Encoding"]) == (200, "gzip")
    assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "max-age" in file.headers["Strict-Transport-Security"]
    assert b'from "./line_list.' in gzip.decompress(file.body)
    assert get(nginx.port, "/static/js/nothing.js").status == 404
    assert get(nginx.port, "/metrics").status == 403


def test_browsers_that_take_brotli_get_it_and_streams_stay_as_they_are(nginx: Nginx, channel: Channel) -> None:
    if not BROTLI_MODULE.exists():
        missing("nginx has no brotli: apt-get install libnginx-mod-http-brotli-filter")
    write(channel, 300)
    headers = {"Accept_Encoding": "gzip, deflate, br"}
    page = get(nginx.port, channel.get_absolute_url(), **headers)
    assert (page.status, page.headers["Content-Encoding"]) == (200, "br")
    assert "Accept-Encoding" in page.headers["Vary"]
    zipped = get(nginx.port, channel.get_absolute_url(), Accept_Encoding="gzip")
    assert len(page.body) < len(zipped.body)
    assert get(nginx.port, channel.get_absolute_url()).headers["Content-Encoding"] is None
    with Reader(nginx.port, channel, "?after=299", {"Accept-Encoding": "gzip, deflate, br"}) as reader:
        assert "content-encoding" not in reader.headers
        assert reader.lines(until=300) == [300]


def test_readers_of_several_processes_see_every_line_once(
    process_env: dict[str, str], tmp_path: Path, var_dir: Path, channel: Channel
) -> None:
    write(channel, 5)
    with ExitStack() as stack:
        sites = []
        for number in range(2):
            folder = tmp_path / str(number)
            folder.mkdir()
            sites.append(stack.enter_context(Site(folder, process_env)))
        nginx = stack.enter_context(Nginx(tmp_path / "nginx", [site.port for site in sites], var_dir / "static"))
        readers = [stack.enter_context(Reader(nginx.port, channel, f"?after={n % 5}")) for n in range(40)]
        for _ in range(10):
            newest = write(channel, 3)
        for number, reader in enumerate(readers):
            assert reader.lines(until=newest) == list(range(number % 5 + 1, newest + 1))
        assert min(site.output().count("/live ") for site in sites) >= 10
        sites[0].kill()
        newest = write(channel, 2)
        for reader in readers:
            reader.close()
        reconnected = [stack.enter_context(Reader(nginx.port, channel, f"?after={newest - 2}")) for _ in range(10)]
        assert [reader.lines(until=newest) for reader in reconnected] == [[newest - 1, newest]] * 10
