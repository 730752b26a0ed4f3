"""What the web process does with requests before Django gets them, over raw sockets."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import gevent
import pytest

from botbot.gunicorn_worker import describe_context
from logs.models import Channel
from tests.logs.live.reader import write
from tests.processes import Site

FORM = b"act=nothing"


@pytest.fixture(scope="module")
def lasting_site(lasting_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"), lasting_env)
    site.may_fork = False  # as in production
    with site:
        yield site


@pytest.fixture
def site(transactional_db: None, lasting_site: Site) -> Iterator[Site]:
    """The same one for all tests."""
    yield lasting_site
    print(lasting_site.output())


class Connection:
    """One connection to the site, from any loopback address."""

    def __init__(self, site: Site, address: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(("127.0.0.1", site.port), 30, (address, 0))
        self.received = b""

    def send(self, *lines: str, body: bytes = b"") -> None:
        head = "\r\n".join([lines[0], "Host: 127.0.0.1", *lines[1:], "", ""])
        self.socket.sendall(head.encode() + body)

    def wait_for(self, part: bytes) -> bytes:
        """Everything received, once it contains this part."""
        while part not in self.received:
            block = self.socket.recv(65536)
            assert block, f"the connection ended after {self.received!r}"
            self.received += block
        return self.received

    def rest(self) -> bytes:
        """Everything received until the server ended the connection, which is closed then."""
        with self.socket:
            while block := self.socket.recv(65536):
                self.received += block
        return self.received


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_client_that_expects_100_gets_it_and_then_the_answer(site: Site, framing: str) -> None:
    """curl sends `Expect` with every body over a megabyte, and waits a second for the answer."""
    client = Connection(site)
    length = f"Content-Length: {len(FORM)}" if framing == "length" else "Transfer-Encoding: chunked"
    client.send("POST /sign-in/ HTTP/1.1", "Expect: 100-continue", "Connection: close", length)
    assert client.wait_for(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.socket.sendall(FORM if framing == "length" else b"%x\r\n%s\r\n0\r\n\r\n" % (len(FORM), FORM))
    answer = client.rest().removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 4")  # Django's answer to a form without its token or a missing page
    assert b"HTTP/1.1 408" not in answer
    assert b"100 Continue" not in answer


def test_a_body_that_never_comes_after_100_ends_the_connection(site: Site) -> None:
    client = Connection(site)
    client.send("POST /sign-in/ HTTP/1.1", "Expect: 100-continue", "Content-Length: 11")
    answer = client.rest()
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 408 Request Timeout\r\n")
    assert site.get("/")


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(site: Site) -> None:
    client = Connection(site)
    client.send("POST /sign-in/ HTTP/1.1", "Expect: 100-continue", "Content-Length: 99999999")
    assert client.rest().startswith(b"HTTP/1.1 413 Content Too Large\r\n")


def test_the_head_of_a_long_today_has_no_body_and_the_connection_goes_on(site: Site, channel: Channel) -> None:
    write(channel, 600)
    connection = Connection(site)
    connection.send("HEAD /testnet/garden/ HTTP/1.1")
    head = connection.wait_for(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    connection.send("GET /healthz HTTP/1.1", "Connection: close")
    rest = connection.rest().removeprefix(head)
    assert rest.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_header_does_not_move_the_path_past_a_proxy(site: Site) -> None:
    client = Connection(site)
    client.send("GET /x/metrics HTTP/1.1", "SCRIPT_NAME: /x", "PATH_INFO: /metrics", "Connection: close")
    answer = client.rest()
    assert answer.startswith((b"HTTP/1.1 301 ", b"HTTP/1.1 404 "))
    assert b"process_cpu" not in answer


def test_no_address_is_logged(site: Site, channel: Channel) -> None:
    """From a direct client and through a proxy, whatever goes wrong with the request."""
    addresses = "127.0.0.7", "203.0.113.77"
    invalid = (
        ["BAD /  HTTP/9.9"],
        ["GET / HTTP/1.1", "Transfer-Encoding: nonsense"],
        ["GET / HTTP/1.1", "Expect: the unexpected"],
        ["GET / HTTP/1.1", f"X-Long: {'x' * 9000}"],
        ["GET /nothing/here HTTP/1.1"],
        [f"GET {channel.get_absolute_url().replace('#', '%23')} HTTP/1.1"],
        *[["POST /admin/login/ HTTP/1.1", "Content-Length: 0"]] * 2,
    )
    for request in invalid:
        for address in ("127.0.0.1", addresses[0]):
            client = Connection(site, address)
            client.send(*request, f"X-Forwarded-For: {addresses[1]}", "Connection: close")
            assert client.rest().startswith(b"HTTP/1.1 ")
    _fail_to_log_in(site, addresses[1])
    output = site.output()
    assert "Invalid request" in output
    assert "AXES" in output
    assert [line for line in output.splitlines() if any(address in line for address in addresses)] == []
    # The address that the site listens on is this one, too.
    assert re.findall(r"ip=127|[(]'127", output) == []


def _fail_to_log_in(site: Site, address: str) -> None:
    page = Connection(site)
    page.send("GET /admin/login/ HTTP/1.1", "Connection: close")
    cookie = re.search(rb"Set-Cookie: (csrftoken=([^;]+))", page.rest())
    assert cookie
    for _ in range(11):
        form = b"username=x&password=y&csrfmiddlewaretoken=" + cookie[2]
        client = Connection(site)
        client.send(
            "POST /admin/login/ HTTP/1.1",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(form)}",
            f"Cookie: {cookie[1].decode()}",
            f"X-Forwarded-For: {address}",
            "Connection: close",
            body=form,
        )
        client.rest()


def test_a_greenlet_that_fails_is_printed_without_its_arguments() -> None:
    failing = gevent.Greenlet(lambda _address: None, ("192.0.2.1", 1))
    assert "192.0.2.1" in repr(failing)
    assert describe_context(failing) == "a Greenlet"
