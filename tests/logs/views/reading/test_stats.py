from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from logs.counts import records
from logs.models import Channel, Kind, Network
from logs.views.reading.stats import MAX_CHANNELS
from tests.conftest import Say

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def used(channel: Channel, say: Say) -> Channel:
    """Three lines on a Monday, one on the next day, one a week later; and somebody came."""
    for nick in ("ann", "bob", "ann"):
        say(channel, nick, "hi", at=MONDAY)
    say(channel, "eve", at=MONDAY, kind=Kind.JOIN)
    say(channel, "bob", "hi", at=MONDAY + timedelta(hours=24))
    say(channel, "ann", "hi", at=MONDAY + timedelta(days=8, minutes=20))
    return channel


def test_a_channels_statistics_say_what_the_counts_say(client: Client, used: Channel) -> None:
    page = client.get("/testnet/garden/stats/").content.decode()
    words = " ".join(re.sub("<[^>]*>", " ", page).split())
    assert (
        "6 lines on 3 days between Monday 2 March 2026 and Tuesday 10 March 2026, including 5 messages by 2 nicks."
        in words
    )
    assert "The longest silence lasted 7 days: from Tuesday 3 March 2026 to Tuesday 10 March 2026" in words
    assert "<title>Monday 09:00 UTC: 3</title>" in page
    assert "<title>2 March 2026: 3</title>" in page
    search = "/testnet/garden/search/?q=nick%3Aann"
    assert f'<th scope="row"><a href="{search}"><bdi>ann</bdi></a></th><td>3</td>' in page
    assert '<th scope="row">Mar 2026</th><td><a href="/testnet/garden/2026/">5</a></td>' in page
    assert 'href="/testnet/garden/2026-03-02/"' in page
    assert 'href="/testnet/garden/?day=2026-03-09&amp;time=09:00"' in page


def test_a_log_of_one_day_has_no_two_days(client: Client, channel: Channel, say: Say) -> None:
    say(channel, "ann", "hi", at=MONDAY)
    for path, where in (("/testnet/garden/stats/", ""), ("/stats/", " in 1 channel")):
        words = " ".join(re.sub("<[^>]*>", " ", client.get(path).content.decode()).split())
        by = "" if where else " by 1 nick"
        assert f"1 line{where} on Monday 2 March 2026, including 1 message{by}." in words


def test_every_chart_has_a_name_and_a_table(client: Client, used: Channel) -> None:
    page = client.get("/testnet/garden/stats/").content.decode()
    charts = re.findall('<svg class="chart"[^>]*>', page)
    assert len(charts) == page.count("As a table") == 3
    assert page.count("The table below has the numbers.") == 3


def test_a_channel_without_lines_says_so(client: Client, channel: Channel) -> None:
    page = client.get("/testnet/garden/stats/").content.decode()
    assert "Nothing has been logged here yet." in page
    assert "<svg" not in page
    assert "Nothing has been logged here yet." in client.get("/stats/").content.decode()


def test_a_channel_in_which_only_people_came_and_went(client: Client, channel: Channel, say: Say) -> None:
    say(channel, "ann", kind=Kind.JOIN, at=MONDAY)
    for path in ("/stats/", "/testnet/garden/stats/"):
        assert client.get(path).status_code == 200


def test_lines_of_years_to_come_and_of_long_ago_draw_a_page(client: Client, channel: Channel, say: Say) -> None:
    for year in (2, 1999, 9998):
        say(channel, "ann", at=datetime(year, 6, 6, tzinfo=UTC))
    for path in ("/stats/", "/testnet/garden/stats/"):
        assert client.get(path).status_code == 200


def test_the_sites_statistics_are_of_the_channels_that_one_may_read(
    client: Client, admin_client: Client, used: Channel, say: Say
) -> None:
    hidden = Channel.objects.create(network=used.network, name="#backroom", visibility="members")
    say(hidden, "secretive", "hi", at=MONDAY)
    page = client.get("/stats/").content.decode()
    assert "6 lines in 1 channel" in page
    assert "The longest silence lasted 7 days: from Tuesday 3 March 2026 to Tuesday 10 March 2026." in page
    assert "backroom" not in page
    assert "secretive" not in page
    page = admin_client.get("/stats/").content.decode()
    assert "7 lines in 2 channels" in page
    assert "secretive" in page


def test_of_many_channels_all_are_counted_and_the_busiest_are_named(client: Client, used: Channel, say: Say) -> None:
    for number in range(MAX_CHANNELS):
        other = Channel.objects.create(network=used.network, name=f"#c{number}")
        for _ in range(1 + (number == 7) * 9):
            say(other, "ann", "hi", at=MONDAY)
    page = client.get("/stats/").content.decode()
    assert f"in {MAX_CHANNELS + 1} channels" in page
    ranking = re.findall(r'<th scope="row"><a href="[^"]*/stats/">([^<]*)</a>', page)
    assert len(ranking) == MAX_CHANNELS
    assert ranking[:4] == ["#c7", "#garden", "#c0", "#c1"]


def test_the_same_nick_on_two_networks_is_two_people(client: Client, used: Channel, say: Say) -> None:
    other = Channel.objects.create(network=Network.objects.create(name="another"), name="#garden")
    say(other, "ann", "hi", at=MONDAY)
    page = client.get("/stats/").content.decode()
    assert re.search(r"<bdi>ann \(testnet\)</bdi></a></th><td>3</td>", page)
    assert re.search(r"<bdi>ann \(another\)</bdi></a></th><td>1</td>", page)


def test_words_that_rose_are_linked_to_where_they_are_found(client: Client, used: Channel, say: Say) -> None:
    for nick in ("ann", "bob", "eve"):
        say(used, nick, "roses", at=MONDAY + timedelta(days=40))
    assert 'href="/testnet/garden/search/?q=roses"' in client.get("/testnet/garden/stats/").content.decode()
    page = client.get("/stats/").content.decode()
    assert 'href="/search/?q=roses"' in page
    assert "Trending words in April 2026" in page


def test_statistics_take_the_same_few_queries(
    client: Client, used: Channel, say: Say, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        with django_assert_num_queries(12):
            client.get("/testnet/garden/stats/")
        with django_assert_num_queries(9):  # the words that rose are those of the only channel
            client.get("/stats/")
        say(used, f"nick{number}", "hi", at=MONDAY)


def read(client: Client, path: str) -> str:
    """Return the words of a page."""
    return " ".join(re.sub("<[^>]*>", " ", client.get(path).content.decode()).split())


def test_bots_and_bridges_are_not_among_the_most_active_people(client: Client, used: Channel, say: Say) -> None:
    for nick in ("Helper", "relay", "seen"):
        for _ in range(9):
            say(used, nick, "beep", at=MONDAY)
    Channel.objects.filter(pk=used.pk).update(bots="helper", bridges="relay", seen_bots="seen")
    for path in ("/testnet/garden/stats/", "/stats/"):
        page = client.get(path).content.decode()
        assert re.findall("<bdi>(.*?)</bdi></a></th>", page) == ["ann", "bob"]
        assert "bots do not count" in page


def test_everyday_words_do_not_rise(client: Client, used: Channel, say: Say) -> None:
    for nick in ("ann", "bob", "eve"):
        say(used, nick, "roses because people don’t", at=MONDAY + timedelta(days=40))
    page = client.get("/testnet/garden/stats/").content.decode()
    trending = page[page.index("Trending words") :]
    assert re.findall(r"<bdi>(\w+)</bdi>", trending) == ["roses"]


def test_records_and_milestones(client: Client, used: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MILESTONES", (2, 5, 1000))
    words = read(client, "/testnet/garden/stats/")
    assert "3 messages on the busiest day, 2 March 2026" in words
    assert "2 days in a row with messages, from 2 March 2026" in words
    assert "5th line, said on 3 March 2026 2th line, said on 2 March 2026" in words
    page = client.get("/testnet/garden/stats/").content.decode()
    assert 'href="/testnet/garden/at/5/"' in page
    assert 'href="/testnet/garden/at/2/"' in page
    assert "5th line, said on 3 March 2026" in read(client, "/stats/")


def test_a_year_is_a_picture_to_share(client: Client, used: Channel) -> None:
    svg = client.get("/testnet/garden/2026.svg")
    assert svg["Content-Type"] == "image/svg+xml"
    ElementTree.fromstring(svg.content)  # noqa: S314  (a picture of ours)
    words = re.sub("<[^>]*>", " ", svg.content.decode()).split()
    assert {"#garden", "2026", "5", "messages", "3", "2"} <= set(words)
    assert svg.content.count(b"<rect") == 1 + 365
    png = client.get("/testnet/garden/2026.png")
    image = Image.open(io.BytesIO(png.content))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert client.get("/testnet/garden/2026.png", headers={"If-None-Match": png["ETag"]}).status_code == 304
    for year in ("2025", "0000", "9999"):
        assert client.get(f"/testnet/garden/{year}.svg").status_code == 404
    assert 'src="/testnet/garden/2026.svg"' in client.get("/testnet/garden/stats/").content.decode()
