"""Who is let in by the environment of the request alone, and who goes the whole way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from logs.live import service
from logs.live.backplane import FollowedChannel
from logs.live.hub import Hub, streams_of
from logs.live.streams import Feed
from logs.models import Channel, Network
from logs.views.live.live_view import admit_follower


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub of nobody's, with room for two."""
    hub = Hub(2, 1)
    monkeypatch.setattr(service, "_hubs", [hub])
    yield hub
    hub.feeds.clear()


def opened(hub: Hub, url: str, visibility: str = "public") -> Feed:
    """A channel that somebody follows: its newest line is the fifth, and it was looked at just now."""
    feed = hub.get_or_create_feed(FollowedChannel(7, url, visibility))
    feed.last_id = 5
    feed.verified_at = time.monotonic()
    return feed


def build_environ(address: str, **more: str) -> dict[str, str]:
    """The environment that a WSGI server makes of the request."""
    path, _, query = address.partition("?")
    environ = {"PATH_INFO": unquote(path, "latin-1"), "QUERY_STRING": query, "HTTP_HOST": "localhost:8000"}
    return {"REQUEST_METHOD": "GET", "REMOTE_ADDR": "127.0.0.1"} | environ | more


@pytest.mark.parametrize("name", ["#garden", "##c++", "#größe", "#日本語", "&local", "#50%"])
def test_a_channel_that_is_followed_lets_in_whatever_its_name_is(hub: Hub, name: str) -> None:
    url = Channel(network=Network(name="testnet"), name=name).get_absolute_url()
    feed = opened(hub, url)
    for query, header, after in (
        ("", {}, 5),
        ("?after=3", {}, 3),
        ("?after=", {}, 5),
        ("?after=3", {"HTTP_LAST_EVENT_ID": "4"}, 4),
        ("", {"HTTP_ACCEPT": "*/*", "REMOTE_ADDR": "192.0.2.7"}, 5),
    ):
        known = admit_follower(build_environ(f"{url}live{query}", **header))
        assert known
        assert known[:2] == (feed.channel, after)
    assert known.address == "192.0.2.7"


@pytest.mark.parametrize(
    "unusual",
    [
        {"REQUEST_METHOD": "POST"},
        {"REQUEST_METHOD": "HEAD"},
        {"HTTP_ACCEPT": "text/html"},
        {"HTTP_ACCEPT": "text/html, */*;q=0.1"},
        {"HTTP_HOST": "elsewhere.example"},
        {"HTTP_HOST": ""},
        {"HTTP_LAST_EVENT_ID": "yesterday"},
        {"HTTP_LAST_EVENT_ID": "9" * 10_000},
        {"QUERY_STRING": "after=-1"},
        {"QUERY_STRING": "after=3&key=secret"},
        {"QUERY_STRING": "key=secret"},
        {"PATH_INFO": "/testnet/GARDEN/live"},
        {"PATH_INFO": "/testnet/\xff/live"},
    ],
)
def test_unusual_requests_are_left_to_the_view(hub: Hub, unusual: dict[str, str]) -> None:
    opened(hub, "/testnet/garden/")
    assert admit_follower(build_environ("/testnet/garden/live"))
    assert admit_follower(build_environ("/testnet/garden/live") | unusual) is None


def test_nobody_is_let_in_unless_it_is_certain_that_all_may_read(hub: Hub) -> None:
    feed = opened(hub, "/testnet/garden/")
    environ = build_environ("/testnet/garden/live")
    assert admit_follower(environ)
    feed.verified_at -= 10
    assert (
        admit_follower(environ) is None
    )  # not looked at for a while: the database may be away, and the channel hidden
    feed.verified_at = time.monotonic()
    feed.last_id = None
    assert admit_follower(environ) is None
    hub.close_feed(feed, "closed")
    opened(hub, "/testnet/garden/", "members:1")
    assert admit_follower(environ) is None


def test_a_client_over_the_limit_is_refused_by_the_view(hub: Hub) -> None:
    opened(hub, "/testnet/garden/")
    environ = build_environ("/testnet/garden/live", REMOTE_ADDR="192.0.2.7")
    assert admit_follower(environ)
    hub.counts.add([(streams_of("192.0.2.7"), 1)])
    assert admit_follower(environ) is None
    assert admit_follower(environ | {"REMOTE_ADDR": "192.0.2.8"})
    hub.stream_count = 2
    assert admit_follower(environ | {"REMOTE_ADDR": "192.0.2.8"}) is None
    hub.stream_count = 0
    hub.is_closing = True
    assert admit_follower(environ | {"REMOTE_ADDR": "192.0.2.8"}) is None
