from __future__ import annotations

from urllib.parse import quote

import pytest
from django.test import Client
from markupsafe import escape
from pytest_django import DjangoAssertNumQueries

from logs import archive
from logs.models import Channel, Network
from logs.models.channel_choices import Visibility
from tests.conftest import Say

pytestmark = pytest.mark.django_db


def test_today_is_shown_and_followed(client: Client, channel: Channel, say: Say) -> None:
    line = say(channel, "ann", "hello")
    page = client.get("/testnet/garden/").content.decode()
    assert f'id="l{line.id}"' in page
    assert 'data-live="/testnet/garden/live"' in page
    assert f'data-last-id="{line.id}"' in page
    assert f'data-day="{archive.today()}"' in page


def test_an_archive_opens_on_its_last_day(client: Client, two_days: Channel) -> None:
    page = client.get("/testnet/garden/").content.decode()
    assert 'data-day="2026-03-09"' in page
    assert "Archive, until 2026-03-09" in page
    assert "data-live" not in page
    assert ">Last day</a>" in page


def test_a_quiet_day_links_to_the_last_one_with_lines(client: Client, two_days: Channel) -> None:
    Channel.objects.update(wanted=True)
    page = client.get("/testnet/garden/").content.decode()
    assert "Nothing has been said today" in page
    assert 'href="/testnet/garden/2026-03-09/"' in page
    assert 'data-last-id="3"' in page


def test_a_channel_without_any_lines_has_a_page(client: Client, channel: Channel) -> None:
    page = client.get("/testnet/garden/").content.decode()
    assert "Nothing has been said today" in page
    assert 'data-last-id="0"' in page


def test_the_topic_is_shown_with_its_links(client: Client, channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(topic="<b> https://example.org/rules")
    page = client.get("/testnet/garden/").content.decode()
    assert '&lt;b&gt; <a href="https://example.org/rules" rel="nofollow ugc noopener">' in page


@pytest.mark.parametrize("path", ["/TESTNET/garden/", "/testnet/Garden/", "/testnet/GARDEN/"])
def test_names_in_another_case_lead_to_the_ones_they_mean(client: Client, channel: Channel, path: str) -> None:
    response = client.get(path, {"day": "2026-03-01"})
    assert (response.status_code, response["Location"]) == (302, "/testnet/garden/?day=2026-03-01")


NAMES = [
    "##c",
    "&c",
    "#&c",
    "+c",
    "!12345c",
    "#",
    "##",
    "#a/b",
    "#a%2Fb",
    "#100%",
    "#c#d",
    "#?x=1",
    "#.",
    "#..",
    "#é☕🎉",
]
NAMES += ["#at", "#search", "#live", "#2026-03-01", "#a;b", "#'\"<b>", "#a\\b", "#\u202egnp", "#a=b&c"]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_an_address_that_works(client: Client, network: Network, name: str) -> None:
    channel = Channel.objects.create(network=network, name=name)
    url = channel.get_absolute_url()
    assert client.get(url).status_code == 200
    assert client.get(f"{url}2026-02-30/").status_code == 404
    assert client.get(f"{url}2026-03-01.txt").status_code == 200
    assert f'href="{escape(url)}"' in client.get("/").content.decode()


@pytest.mark.parametrize("visibility", [Visibility.UNLISTED, Visibility.MEMBERS])
@pytest.mark.parametrize("page", ["", "2026-03-01/", "2026-03-01.txt", "at/1/", "?day=2026-03-01"])
def test_a_channel_that_the_visitor_may_not_read_is_as_if_it_did_not_exist(
    client: Client, admin_client: Client, two_days: Channel, visibility: Visibility, page: str
) -> None:
    Channel.objects.create(network=two_days.network, name="#public")
    Channel.objects.filter(pk=two_days.pk).update(visibility=visibility)
    hidden, unknown = client.get(f"/testnet/garden/{page}"), client.get(f"/testnet/nowhere/{page}")
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.content == unknown.content
    assert admin_client.get(f"/testnet/garden/{page}").status_code in {200, 302}


@pytest.mark.parametrize("name", ["nowhere", "a%00b", "%FF%FE", "x" * 500, "a b", "%25%25%2525", "#", "%F0%9F%8E%89"])
def test_an_unknown_channel_offers_those_that_there_are(client: Client, channel: Channel, name: str) -> None:
    response = client.get(f"/testnet/{quote(name, safe='%')}/")
    assert response.status_code == 404
    assert 'href="/"' in response.content.decode()


def test_a_jump_to_a_day_leads_to_its_page(client: Client, two_days: Channel) -> None:
    response = client.get("/testnet/garden/", {"day": "2026-03-01"})
    assert (response.status_code, response["Location"]) == (302, "/testnet/garden/2026-03-01/")


@pytest.mark.parametrize(
    ("clock", "address"),
    [("09:00", "#l1"), ("09:00:30", "#l2"), ("23:00", "#l2"), ("00:00", "#l1"), ("", ""), ("25:00", ""), ("x", "")],
)
def test_a_jump_to_a_moment_leads_to_the_line_that_was_said_then(
    client: Client, two_days: Channel, clock: str, address: str
) -> None:
    response = client.get("/testnet/garden/", {"day": "2026-03-01", "time": clock})
    assert (response.status_code, response["Location"]) == (302, f"/testnet/garden/2026-03-01/{address}")


def test_a_jump_to_a_moment_of_a_day_without_lines_leads_to_what_helps(client: Client, two_days: Channel) -> None:
    response = client.get("/testnet/garden/", {"day": "2026-03-02", "time": "09:00"}, follow=True)
    assert response.status_code == 200
    assert "/testnet/garden/2026-03-01/" in response.content.decode()


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "https://example.org/", "0000-00-00", "x" * 10_000])
def test_a_jump_to_no_day_offers_the_last_one(client: Client, two_days: Channel, day: str) -> None:
    response = client.get("/testnet/garden/", {"day": day})
    assert response.status_code == 404
    assert "/testnet/garden/2026-03-09/" in response.content.decode()


def test_a_page_takes_the_same_few_queries_whatever_it_shows(
    client: Client, channel: Channel, say: Say, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Channel.objects.update(wanted=True)
    for number in range(20):
        say(channel, "ann", str(number))
        with django_assert_num_queries(8):  # one of them: whether a process follows log files of it
            client.get("/testnet/garden/")


def test_only_reading_is_allowed(client: Client, channel: Channel) -> None:
    assert client.head("/testnet/garden/").status_code == 200
    assert client.post("/testnet/garden/").status_code == 405
