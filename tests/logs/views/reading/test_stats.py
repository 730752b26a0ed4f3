from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

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
    assert "<title>Monday 09:00: 3</title>" in page
    assert "<title>2 March 2026: 3</title>" in page
    assert re.search(r'<th scope="row"><bdi>ann</bdi></th><td>3</td>', page)
    assert re.search(r'<th scope="row">Mar 2026</th><td>5</td>', page)


def test_every_picture_has_a_name_and_a_table(client: Client, used: Channel) -> None:
    page = client.get("/testnet/garden/stats/").content.decode()
    charts = re.findall('<svg class="chart"[^>]*>', page)
    assert len(charts) == page.count("As a table") == 3
    assert all('role="img" aria-label="' in chart for chart in charts)


def test_a_channel_without_lines_has_nothing_to_tell(client: Client, channel: Channel) -> None:
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
    assert re.search(r"<bdi>ann \(testnet\)</bdi></th><td>3</td>", page)
    assert re.search(r"<bdi>ann \(another\)</bdi></th><td>1</td>", page)


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
        with django_assert_num_queries(11):
            client.get("/testnet/garden/stats/")
        with django_assert_num_queries(8):  # the words that rose are those of the only channel
            client.get("/stats/")
        say(used, f"nick{number}", "hi", at=MONDAY)
