"""The rules for crawlers, as a crawler understands them: robots.txt, headers, sitemaps."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from logs.counts import day_index
from logs.ingest.channel_state import remove_lines
from logs.models import Channel, Line
from logs.views.http.page_cache import get_page_cache
from tests.conftest import Say
from tests.logs.views.test_who_sees_what import visitor

pytestmark = pytest.mark.django_db
SITE = "http://127.0.0.1:8000"
GARDEN = f"{SITE}/testnet/garden"
FORMS = ["", "2026-03-01/", "2026-03-01.txt", "2026-03-01.json", "2026/", "stats/", "about/", "feed.atom", "feed.json"]
FORMS += ["feed.atom?by=line", "search/?q=morning", "search/feed.atom?q=morning", "search/feed.json?q=morning"]
FORMS += ["at/1/", "at/1-2/", "calendar/", "sitemap-2026.xml"]


def robots(client: Client) -> str:
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    return response.content.decode()


def may(text: str, agent: str, path: str) -> bool:
    parser = RobotFileParser()
    parser.parse(text.splitlines())
    return parser.can_fetch(agent, path)


def locations(client: Client, path: str = "/sitemap.xml") -> dict[str, str | None]:
    response = client.get(path)
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    root = ET.fromstring(response.content)  # noqa: S314  (ours)
    return {str(place.findtext("s:loc", None, names)): place.findtext("s:lastmod", None, names) for place in root}


def test_crawlers_are_kept_from_the_administration(client: Client) -> None:
    assert not may(robots(client), "Googlebot", "/admin/")


def test_robots_txt_states_what_each_channels_owners_allow(client: Client, channel: Channel) -> None:
    for name, wish in {
        "#quiet": {"indexed": False},
        "#open": {"ai": True},
        "#secret": {"visibility": "members"},
        "#link": {"visibility": "unlisted", "ai": True, "indexed": False},
    }.items():
        Channel.objects.create(network=channel.network, name=name, **wish)
    text = robots(client)
    allowed = {
        agent: {name for name in ("garden", "quiet", "open") if may(text, agent, f"/testnet/{name}/2026-03-01/")}
        for agent in ("Googlebot", "GPTBot", "ClaudeBot", "CCBot")
    }
    assert allowed.pop("Googlebot") == {"garden", "open"}
    assert list(allowed.values()) == [{"open"}] * 3
    assert not may(text, "GPTBot", "/testnet/open/search/?q=x")
    assert not may(text, "GPTBot", "/")
    assert "secret" not in text
    assert "link" not in text
    assert f"\nSitemap: {SITE}/sitemap.xml\n" in text


@pytest.mark.parametrize("name", ["#*", "#a$", "#*x*"])
def test_a_name_that_looks_like_a_pattern_hides_no_other_channel(client: Client, channel: Channel, name: str) -> None:
    Channel.objects.create(network=channel.network, name=name, indexed=False)
    rule = re.findall(r"Disallow: (/testnet/.*)", robots(client))
    assert len(rule) == 1
    assert not set("*$") & set(rule[0])


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_a_channel_states_what_crawlers_may_do(client: Client, two_days: Channel, form: str) -> None:
    path, searched = f"/testnet/garden/{form}", "search" in form
    assert client.get(path)["X-Robots-Tag"] == ("noindex, noai, noimageai" if searched else "noai, noimageai")
    assert client.get(path)["TDM-Reservation"] == "1"
    Channel.objects.update(ai=True)
    assert client.get(path).get("X-Robots-Tag") == ("noindex" if searched else None)
    assert "TDM-Reservation" not in client.get(path)
    Channel.objects.update(indexed=False)
    assert "sitemap" in form or client.get(path)["X-Robots-Tag"] == "noindex"
    Channel.objects.update(indexed=True, visibility="unlisted")
    holder = visitor("holder", two_days)
    response = holder.get(path)
    assert "sitemap" in form or response["X-Robots-Tag"] == "noindex, noai, noimageai"
    assert "sitemap" in form or response["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/search/", "/search/feed.atom", "/search/feed.json"])
def test_what_is_found_in_many_channels_is_for_no_crawler(client: Client, two_days: Channel, path: str) -> None:
    Channel.objects.update(ai=True)
    assert client.get(f"{path}?q=morning")["X-Robots-Tag"] == "noindex, noai, noimageai"


def test_pages_of_many_channels_go_by_the_strictest(client: Client, two_days: Channel) -> None:
    pages = ["/", "/testnet/", "/stats/"]
    quiet = Channel.objects.create(network=two_days.network, name="#quiet", indexed=False)
    assert [client.get(page)["X-Robots-Tag"] for page in pages] == [
        *["noai, noimageai"] * 2,
        "noindex, noai, noimageai",
    ]
    Channel.objects.update(ai=True, indexed=True)
    assert not any("X-Robots-Tag" in client.get(page) for page in pages)
    Channel.objects.filter(pk=quiet.pk).update(ai=False)
    assert all(client.get(page)["X-Robots-Tag"] == "noai, noimageai" for page in pages)


@pytest.mark.parametrize("form", ["txt", "json"])
def test_other_forms_of_a_day_name_its_page(client: Client, two_days: Channel, form: str) -> None:
    assert client.get(f"/testnet/garden/2026-03-01.{form}")["Link"] == f'<{GARDEN}/2026-03-01/>; rel="canonical"'


def test_an_owner_switches_crawlers_on_and_off(client: Client, two_days: Channel) -> None:
    owner, day = visitor("owner", two_days), "/testnet/garden/2026-03-01/"
    settings = {"act": "change", "visibility": "public", "delay": 0, "off_record": "[off]", "opted_out": "nothing"}
    settings |= {"answers": "private", "holds_spam": "on", "keeps_joins": "on"}
    tag = client.get(day)["ETag"]
    owner.post("/testnet/garden/manage/", settings | {"ai": "on"})
    response = client.get(day, headers={"If-None-Match": tag})
    assert (response.status_code, response["X-Robots-Tag"]) == (200, "noindex")
    assert not may(robots(client), "Googlebot", day)
    assert may(robots(client), "GPTBot", day)
    assert locations(client) == {}
    owner.post("/testnet/garden/manage/", settings | {"indexed": "on"})
    assert client.get(day)["X-Robots-Tag"] == "noai, noimageai"
    assert may(robots(client), "Googlebot", day)
    assert not may(robots(client), "GPTBot", day)
    assert len(locations(client)) == 1


def test_sitemaps_lead_to_every_day(client: Client, two_days: Channel, say: Say) -> None:
    say(two_days, "ann", "long ago", at=datetime(2024, 12, 31, 23, 59, tzinfo=UTC))
    other = Channel.objects.create(network=two_days.network, name="##b&c")
    say(other, "ann", "hi", at=datetime(2025, 1, 1, tzinfo=UTC))
    index = locations(client)
    assert list(index) == [
        *(f"{GARDEN}/sitemap-2026.xml", f"{SITE}/testnet/%23b&c/sitemap-2025.xml"),
        f"{GARDEN}/sitemap-2024.xml",
    ]
    year = locations(client, "/testnet/garden/sitemap-2026.xml")
    assert list(year) == [f"{GARDEN}/{part}" for part in ("", "2026/", "2026-03-09/", "2026-03-01/")]
    assert list(locations(client, "/testnet/garden/sitemap-2024.xml")) == [
        f"{GARDEN}/{part}" for part in ("2024/", "2024-12-31/")
    ]
    for place in [*index, *year]:
        assert client.get(place.removeprefix(SITE)).status_code == 200
    assert index[f"{GARDEN}/sitemap-2026.xml"] == max(filter(None, year.values()))


def test_a_sitemap_tells_what_has_changed(client: Client, two_days: Channel) -> None:
    before = locations(client, "/testnet/garden/sitemap-2026.xml")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(at)) for at in before.values())
    tag = client.get("/testnet/garden/sitemap-2026.xml")["ETag"]
    assert client.get("/testnet/garden/sitemap-2026.xml", headers={"If-None-Match": tag}).status_code == 304
    remove_lines(two_days, {3})
    Line.objects.filter(channel=two_days, id__gt=2).delete()
    assert list(locations(client, "/testnet/garden/sitemap-2026.xml"))[2:] == [f"{GARDEN}/2026-03-01/"]


@pytest.mark.parametrize(
    "wish", [{"indexed": False}, {"visibility": "unlisted"}, {"visibility": "members"}, {"hidden": True}]
)
def test_what_is_not_to_be_found_is_in_no_sitemap(
    client: Client, admin_client: Client, two_days: Channel, wish: dict[str, object]
) -> None:
    Channel.objects.update(**wish)  # type: ignore[arg-type]
    for anyone in (client, admin_client):
        assert locations(anyone) == {}
        assert anyone.get("/testnet/garden/sitemap-2026.xml").status_code == 404


@pytest.mark.parametrize("year", ["2025", "0000", "9999", "0001"])
def test_a_year_without_lines_has_no_sitemap(client: Client, two_days: Channel, year: str) -> None:
    response = client.get(f"/testnet/garden/sitemap-{year}.xml")
    assert response.status_code == 404
    assert b"<a href=" in response.content


def test_the_index_is_bounded_and_costs_three_queries(
    client: Client,
    two_days: Channel,
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for year in range(2000, 2010):
        say(two_days, "ann", "long ago", at=datetime(year, 1, 1, tzinfo=UTC))
    with django_assert_num_queries(3):
        assert len(locations(client)) == 11
    get_page_cache().clear()
    monkeypatch.setattr("logs.views.feeds.sitemaps.MAX_URLS", 3)
    assert [place[-8:-4] for place in locations(client)] == ["2026", "2009", "2008"]
    assert day_index.years_of([], 3) == []
