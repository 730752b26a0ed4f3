"""Clients that read downloads slowly hold no connection of the pool, and only a few downloads run at a time."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import gevent
import pytest
from django.test import RequestFactory
from django.utils import timezone

from logs.models import Channel, Identity, Membership
from logs.sharing.processes import get_counts
from logs.views.http import streaming
from logs.views.http.streaming import Download, DownloadsExceededError, join_lines
from tests.logs.live.reader import write
from tests.logs.views.test_who_sees_what import visitor
from tests.processes import Site, wait_for


def session_of(channel: Channel, account: str) -> str:
    """The cookie of an owner of the channel."""
    client = visitor("stranger", channel)
    identity = Identity.objects.create(network=channel.network, account=account, nick=account)
    Membership.objects.create(channel=channel, identity=identity, role="owner")
    session = client.session
    session["identity"], session["identity_since"] = identity.pk, timezone.now().isoformat()
    session.save()
    return f"sessionid={session.session_key}"


class SlowReader:
    """A connection that requests a page and reads nothing of the answer but its first bytes."""

    def __init__(self, port: int, path: str, cookie: str, address: str) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", port))
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nX-Forwarded-For: {address}\r\n\r\n"
        self.socket.sendall(head.encode())

    def status(self) -> int:
        return int(self.socket.recv(12)[-3:])

    def close(self) -> None:
        self.socket.close()


def lent_connections(site: Site) -> int:
    found = re.search(r'botbot_database_connections\{state="lent"\} (\d+)', site.get("/metrics"))
    assert found
    return int(found[1])


@pytest.mark.usefixtures("started_as_in_production")
def test_fifty_slow_readers_leave_the_connections_to_others(site: Site, channel: Channel) -> None:
    for _ in range(12):
        write(channel, 1000, "x" * 500)
    channel.lines.update(account="ann")
    day = f"{channel.get_absolute_url()}{timezone.now():%Y-%m-%d}".replace("#", "%23")
    export = f"{channel.get_absolute_url()}manage/export".replace("#", "%23")
    ann = session_of(channel, "ann")
    owners = [session_of(channel, f"owner{number}") for number in range(12)]
    requests = [("/me/lines.jsonl", ann)] * 2 + [(export, owner) for owner in owners[1:]] * 2
    requests += [(f"{day}.txt", "")] * 14 + [(f"{day}/", "")] * 10
    with ExitStack() as stack:

        def request_all(requests: list[tuple[str, str]], address: str) -> list[int]:
            """The statuses of requests that are sent at once, each from an address of its own."""
            readers = [
                stack.enter_context(closing(SlowReader(site.port, path, cookie, f"{address}.{number}")))
                for number, (path, cookie) in enumerate(requests)
            ]
            return [job.get() for job in [gevent.spawn(reader.status) for reader in readers]]

        assert len(requests) == 48
        assert request_all(requests, "203.0.113") == [200] * 48
        # The page of metrics uses one itself.
        wait_for(lambda: lent_connections(site) <= 1, 5, "the connections are returned")
        assert site.get("/")
        # These come last: a client that receives nothing for 20 seconds is disconnected.
        assert request_all([(export, owners[0])] * 2, "192.0.2") == [200] * 2
        http = stack.enter_context(closing(HTTPConnection("127.0.0.1", site.port, timeout=30)))
        http.request("GET", export, headers={"Cookie": owners[0], "X-Forwarded-For": "198.51.100.1"})
        refused = http.getresponse()
        assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
        assert refused.read() == b"2 of your downloads are running: please wait until one has ended.\n"


def test_a_long_today_arrives_in_parts_and_holds_nothing_while_it_is_sent(site: Site, channel: Channel) -> None:
    newest = write(channel, 3000)
    path = channel.get_absolute_url()
    with closing(HTTPConnection("127.0.0.1", site.port, timeout=30)) as http:
        http.request("HEAD", path)
        head = http.getresponse()
        assert head.read() == b""
        assert "Content-Length" not in head.headers
        http.request("GET", path)
        response = http.getresponse()
        assert response.headers["Transfer-Encoding"] == "chunked"
        page = response.read()
        assert page.count(b'<div class="line') == newest
        assert page.endswith(b"</html>")
    with ExitStack() as stack:
        for number in range(12):
            stack.enter_context(closing(SlowReader(site.port, path, "", f"203.0.113.{number}").socket))
        wait_for(lambda: lent_connections(site) <= 1, 10, "the connections are returned")
        wait_for(lambda: 'kind="page",state="in progress"} 0.0' in site.get("/metrics"), 10)


@pytest.fixture
def no_downloads() -> Iterator[None]:
    assert not get_counts().count(streaming._ALL)
    yield
    assert not get_counts().count(streaming._ALL)


def start(person: str, address: str) -> Download[str]:
    return Download(RequestFactory(REMOTE_ADDR=address).get("/"), person, join_lines(["a", "b"]))


@pytest.mark.usefixtures("no_downloads", "db")
def test_downloads_are_limited_by_person_address_and_in_all() -> None:
    running = [start("ann", "192.0.2.1"), start("ann", "192.0.2.2")]
    with pytest.raises(DownloadsExceededError, match="2 of your downloads") as refused:
        start("ann", "192.0.2.3")
    assert refused.value.response.status_code == 429
    running += [start(f"at-one-address-{number}", "192.0.2.1") for number in range(5)]
    with pytest.raises(DownloadsExceededError, match="to your address") as refused:
        start("bob", "192.0.2.1")
    assert refused.value.response.status_code == 429
    running += [start(f"somebody-{number}", f"198.51.100.{number}") for number in range(30 - len(running))]
    with pytest.raises(DownloadsExceededError, match="at the moment") as refused:
        start("bob", "192.0.2.9")
    assert (refused.value.response.status_code, refused.value.response["Retry-After"]) == (503, "60")
    assert "".join(running[0]) == "a\nb\n"
    for download in running:
        download.close()
        download.close()
    del running
    second = start("ann", "192.0.2.1")
    keys = [streaming._ALL, "downloads of person ann", "downloads to 192.0.2.1"]
    assert [get_counts().count(key) for key in keys] == [1, 1, 1]
    assert get_counts().count("downloads to 192.0.2.2") == 0
    second.close()


@pytest.mark.usefixtures("no_downloads", "db")
def test_a_download_that_is_never_read_or_closed_is_not_counted_for_ever() -> None:
    download = start("ann", "192.0.2.1")
    assert get_counts().count(streaming._ALL) == 1
    del download
    assert get_counts().count(streaming._ALL) == 0
