"""The page of links: what was shared, by whom and how often, month by month and by host."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from logs.models import Channel
from logs.views.reading import links
from logs.views.reading.links import collect_links, host_of
from tests.conftest import Say

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, 9, tzinfo=UTC)
ADDRESS = "/testnet/garden/links/"


@pytest.fixture
def shared(channel: Channel, say: Say) -> Channel:
    """Links of January and March."""
    say(channel, "ann", "old https://example.org/old", MARCH - timedelta(days=50))
    say(channel, "ann", "https://github.com/a and https://github.com/a again, mailto:ann@example.org", MARCH)
    say(channel, "bob", "see \x02https://git\x02hub.com/a!", MARCH + timedelta(days=1))
    say(channel, "cat", "www.example.org, https://gist.github.com/b", MARCH + timedelta(days=2))
    say(channel, "dan", "no link: github.com", MARCH + timedelta(days=3))
    return channel


def shown(client: Client, query: str = "") -> list[tuple[str, str]]:
    """The links of a page, and what stands beside them."""
    response = client.get(f"{ADDRESS}{query}")
    assert response.status_code == 200
    found = re.findall(r'<li><a href="([^"]+)" rel="[^"]+">[^<]+</a>\s*<small>(.*?)</small>', response.content.decode())
    return [(unescape(address), re.sub("<[^>]+>", "", beside)) for address, beside in found]


def test_links_are_listed_once_the_newest_first(client: Client, shared: Channel) -> None:
    assert shown(client) == [
        ("https://www.example.org", "cat, 2026-03-03 09:00"),
        ("https://gist.github.com/b", "cat, 2026-03-03 09:00"),
        ("https://github.com/a", "bob, ann, 2 times, 2026-03-02 09:00"),
    ]
    assert shown(client, "?month=2026-01") == [("https://example.org/old", "ann, 2026-01-10 09:00")]


def test_months_without_links_are_passed_over(client: Client, shared: Channel) -> None:
    page = client.get(ADDRESS).content.decode()
    assert f'href="{ADDRESS}?month=2026-01">← January 2026</a>' in page
    assert 'rel="next"' not in page
    page = client.get(f"{ADDRESS}?month=2026-02").content.decode()
    assert f'href="{ADDRESS}?month=2026-01">← January 2026</a>' in page
    assert f'href="{ADDRESS}?month=2026-03">March 2026 →</a>' in page
    assert "No line of this month has a link." in page


def test_links_to_one_host(client: Client, shared: Channel) -> None:
    hosts = re.findall(r'href="([^"]+)"><bdi>([^<]+)</bdi></a> <span', client.get(ADDRESS).content.decode())
    assert (f"{ADDRESS}?month=2026-03&amp;host=github.com", "github.com") in hosts
    assert [link for link, _ in shown(client, "?host=github.com")] == [
        "https://gist.github.com/b",
        "https://github.com/a",
    ]
    assert "No line has a link to gitlab.com" in client.get(f"{ADDRESS}?host=gitlab.com").content.decode()


def test_a_month_with_many_links_has_pages(monkeypatch: pytest.MonkeyPatch, client: Client, shared: Channel) -> None:
    monkeypatch.setattr(links, "MAX_LINES", 1)
    found: list[str] = []
    query = ""
    while True:
        found += [address for address, _ in shown(client, query)]
        page = client.get(f"{ADDRESS}{query}").content.decode()
        assert "counts are of this page" in page
        following = re.search(r'rel="next" href="([^"]+)">Older', page)
        if not following:
            break
        query = unescape(following[1]).removeprefix(ADDRESS)
    assert found == ["https://www.example.org", "https://gist.github.com/b", *["https://github.com/a"] * 2]


@pytest.mark.parametrize("query", ["month=x", "month=2026-13", "month=0001-01", "older=x", "older="])
def test_a_page_that_no_link_leads_to_is_missing(client: Client, shared: Channel, query: str) -> None:
    response = client.get(f"{ADDRESS}?{query}")
    assert response.status_code == 404
    assert ADDRESS in response.content.decode()


@pytest.mark.parametrize(
    "query", ["host=-", "host=%00", "host=" + "x" * 5000, "month=9998-12", "older=0-0-0", 'host="']
)
def test_every_other_page_is_there(client: Client, shared: Channel, query: str) -> None:
    assert client.get(f"{ADDRESS}?{query}").status_code == 200


def test_a_channel_without_links_says_so(client: Client, channel: Channel) -> None:
    assert "No line has a link." in client.get(ADDRESS).content.decode()


def test_a_bridge_is_not_who_shared_a_link(client: Client, channel: Channel, say: Say) -> None:
    Channel.objects.filter(pk=channel.pk).update(bridges="relay")
    say(channel, "relay", "<zoe> https://example.org/", MARCH)
    assert shown(client) == [("https://example.org/", "zoe, 2026-03-01 09:00")]


def test_links_of_a_closed_time_are_for_its_readers(client: Client, channel: Channel, say: Say) -> None:
    say(channel, "ann", "https://example.org/open", MARCH)
    Channel.objects.filter(pk=channel.pk).update(visibility="members")
    say(channel, "bob", "https://secret.example.net/ and https://example.org/open", MARCH + timedelta(minutes=1))
    say(channel, "bob", "https://secret.example.net/", MARCH + timedelta(days=40))
    Channel.objects.filter(pk=channel.pk).update(visibility="public")
    assert shown(client) == [("https://example.org/open", "ann, 2026-03-01 09:00")]
    page = client.get(ADDRESS).content.decode()
    assert "secret" not in page
    assert 'rel="next"' not in page
    assert (
        "No line has a link to secret.example.net" in client.get(f"{ADDRESS}?host=secret.example.net").content.decode()
    )


def test_hosts_that_cannot_be_read_are_left_out() -> None:
    assert host_of("https://[::1/") == ""
    assert host_of("mailto:ann@example.org") == ""
    assert collect_links([]) == []
