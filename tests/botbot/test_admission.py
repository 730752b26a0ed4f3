"""A bounded number of pages at a time, fairly by address, as the web process has it."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import gevent
import pytest
from django.db import connection, transaction

from logs.models import Channel
from logs.views.http.admission import Admission
from logs.views.http.turns import Turn, TurnLimits, Turns
from tests.logs.live.reader import Reader, write
from tests.processes import Site, wait_for

IN_SESSION = {"Cookie": f"sessionid={'a' * 32}"}
"""With a cookie, a page waits for the table of sessions, which the test locks."""


@pytest.fixture
def small_site(process_env: dict[str, str], tmp_path: Path) -> Iterator[Site]:
    """A site that works on two pages at a time."""
    limits = {"PAGES_AT_ONCE": "2", "PAGES_WAITING": "13", "PAGES_WAIT": "60"}
    with Site(tmp_path, process_env | limits) as running:
        yield running


class Request:
    """One request of a client behind a proxy, whose response is read later."""

    def __init__(self, site: Site, path: str, address: str, **headers: str) -> None:
        self.http = HTTPConnection("127.0.0.1", site.port, timeout=60)
        self.http.request("GET", path, headers={"X-Forwarded-For": address} | headers)

    def answer(self) -> tuple[int, str, dict[str, str]]:
        response = self.http.getresponse()
        body = response.read().decode()
        self.http.close()
        return response.status, body, dict(response.getheaders())


def write_by_another_connection(channel: Channel) -> None:
    """Commits three lines, whatever transaction this test is in."""
    write(channel, 3)
    connection.close()


def metric(site: Site, name: str) -> int:
    found = [line.rpartition(" ")[2] for line in site.get("/metrics").splitlines() if line.startswith(name)]
    return int(float(found[0]))


def test_pages_wait_for_their_turn_and_live_waits_for_no_page(small_site: Site, channel: Channel) -> None:
    site, page = small_site, channel.get_absolute_url()
    in_progress, waiting = (f'botbot_requests{{kind="page",state="{state}"}}' for state in ("in progress", "waiting"))
    with Reader(site.port, channel) as reader, transaction.atomic():
        reader.next()
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE")
        # One address: a page in progress, ten that wait, and it hears that the rest is too much.
        greedy = [Request(site, page, "203.0.113.1", **IN_SESSION) for _ in range(11)]
        wait_for(lambda: (metric(site, in_progress), metric(site, waiting)) == (1, 10), 20)
        for path in (page, "/"):
            status, text, headers = Request(site, path, "203.0.113.1").answer()
            assert (status, headers["Retry-After"]) == (429, "10")
            assert "Too many pages are requested from your address" in text
        # Others are answered meanwhile, and so is what needs no turn.
        assert Request(site, "/", "203.0.113.2").answer()[0] == 200
        assert site.get("/healthz") == "ok\n"
        # A search takes no turn of pages. An address has one at a time, and its next one is not refused at once.
        searches = [Request(site, "/search/?q=x", "203.0.113.5", **IN_SESSION)]
        wait_for(lambda: metric(site, 'botbot_requests{kind="slow",state="in progress"}') == 1, 20)
        status, text, headers = Request(site, "/search/?q=y", "203.0.113.5").answer()
        assert (status, headers["Retry-After"]) == (429, "10")
        assert "Another search from your address is still running" in text
        # Another takes the second turn. Now everybody waits, and in the end hears that the site is busy.
        other = Request(site, page, "203.0.113.3", **IN_SESSION)
        wait_for(lambda: metric(site, in_progress) == 2, 20)
        crawler = {"User-Agent": "Examplebot/1.0"}
        crawlers = [Request(site, page, f"198.51.100.{number}", **crawler) for number in range(3)]
        wait_for(lambda: metric(site, waiting) == 13, 20)
        for path in ("/", "/api/v1/networks"):
            status, text, headers = Request(site, path, "203.0.113.4").answer()
            assert (status, headers["Retry-After"]) == (503, "5")
            assert "More pages are requested at the moment" in text
            assert headers["Content-Type"].startswith("application/problem+json" if "api" in path else "text/html")
        # All the while new lines arrive.
        gevent.spawn(write_by_another_connection, channel).get()
        assert reader.lines(until=3) == [1, 2, 3]
    assert [request.answer()[0] for request in (*greedy, *searches, other, *crawlers)] == [200] * 16
    assert (metric(site, in_progress), metric(site, waiting)) == (0, 0)
    assert metric(site, 'botbot_requests_refused_total{reason="too many"}') == 3
    assert metric(site, 'botbot_requests_refused_total{reason="busy"}') == 2
    output = site.output()
    assert output.count("refused 0 requests because too many were in progress, and 1 of addresses") == 1
    assert output.count("requests because too many") == 1
    assert "Traceback" not in output


@pytest.fixture
def admission() -> Admission:
    limits = TurnLimits(at_once=2, per_address=2, last_at_once=1, waiting=9, waiting_per_address=9, seconds=0.01)
    return Admission(Turns(limits), Turns(limits), pages_per_minute=3)


def admit(admission: Admission, path: str, address: str = "203.0.113.1") -> object:
    peer = "127.0.0.1"  # a trusted proxy
    return admission.admit({"PATH_INFO": path, "REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": address})


def test_an_address_that_asks_often_comes_last_and_others_do_not(admission: Admission) -> None:
    for _ in range(3):
        turn = admit(admission, "/", "2001:db8::1")
        assert isinstance(turn, Turn)
        assert not turn._is_last
        turn.release()
    # The addresses of a /64 are one customer's.
    for address, is_last in (("2001:db8::2", True), ("2001:db8:0:1::1", False), ("203.0.113.1", False)):
        turn = admit(admission, "/", address)
        assert isinstance(turn, Turn)
        assert turn._is_last == is_last
        turn.release()
    for address in ["", "127.0.0.1"] * 4:  # the proxy does not say whose request it is, or names a proxy
        turn = admit(admission, "/", address)
        assert isinstance(turn, Turn)
        assert not turn._is_last
        turn.release()


def test_what_needs_no_turn_and_what_is_slow(admission: Admission) -> None:
    for path in ("/static/a.css", "/healthz", "/readyz", "/metrics", "/net/garden/live", "/api/v1/x/live"):
        assert admit(admission, path) is None, path
    for path in ("/search/", "/search/feed.atom", "/net/garden/search/", "/net/garden/search/feed.json"):
        _is_taken_from(admission.slow, admit(admission, path))
    for path in ("/net/search/", "/", "/net/garden/2026-01-01/", "/net/search/2026-01-01/", "/healthy", "/live/x"):
        _is_taken_from(admission.pages, admit(admission, path))


def _is_taken_from(turns: Turns, turn: object) -> None:
    assert isinstance(turn, Turn)
    assert turns.in_progress == 1
    turn.release()
