from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from logs.ingest.channel_state import remove_lines
from logs.models import BotStatus, Channel, Network
from logs.models.bot_status import State
from logs.models.channel_choices import Visibility
from logs.views.reading import index
from tests.conftest import Say

pytestmark = pytest.mark.django_db


def test_a_fresh_site_says_what_to_do(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "No channel is logged yet" in page
    assert "manage.py addchannel" in page


def test_channels_are_listed_by_network_the_liveliest_first(client: Client, network: Network, say: Say) -> None:
    other = Network.objects.create(name="another")
    for owner, name, day in ((network, "#old", 1), (network, "#new", 2), (other, "#third", 3)):
        say(Channel.objects.create(network=owner, name=name), "ann", at=datetime(2026, 3, day, 9, 30, tzinfo=UTC))
    Channel.objects.create(network=network, name="#empty")
    page = client.get("/").content.decode()
    positions = [page.index(f">{words}<") for words in ("another", "#third", "testnet", "#new", "#old", "#empty")]
    assert positions == sorted(positions)
    assert '<time datetime="2026-03-02T09:30:00Z">' in page
    assert "1 lines" not in page
    assert "1 line<" in page
    assert "no lines yet" in page


def test_removed_lines_are_not_counted(client: Client, admin_client: Client, channel: Channel, say: Say) -> None:
    ids = [say(channel, "ann", f"line {number}").id for number in range(3)]
    remove_lines(channel, ids[1:])
    assert ">1 line<" in client.get("/").content.decode()
    assert '<td class="field-lines">1</td>' in admin_client.get("/admin/logs/channel/").content.decode()


def test_a_channel_shows_its_topic_and_whether_the_bot_is_there(client: Client, channel: Channel) -> None:
    assert ">live<" not in client.get("/").content.decode()
    Channel.objects.filter(pk=channel.pk).update(topic="\x02All\x02 <about> gardens")
    now = timezone.now()
    BotStatus.objects.create(network=channel.network, channel=channel, state=State.JOINED, since=now, updated_at=now)
    page = client.get("/").content.decode()
    assert "All &lt;about&gt; gardens" in page
    assert ">live<" in page


@pytest.mark.parametrize("visibility", [Visibility.UNLISTED, Visibility.MEMBERS])
def test_a_channel_that_the_visitor_may_not_read_is_not_listed(
    client: Client, admin_client: Client, channel: Channel, visibility: Visibility
) -> None:
    Channel.objects.filter(pk=channel.pk).update(visibility=visibility)
    assert "garden" not in client.get("/").content.decode()
    assert "testnet" not in client.get("/").content.decode()
    assert client.get("/testnet/").status_code == 404
    assert "garden" in admin_client.get("/").content.decode()
    assert admin_client.get("/testnet/").status_code == 200


def test_a_network_lists_its_channels_only(client: Client, channel: Channel) -> None:
    Channel.objects.create(network=Network.objects.create(name="another"), name="#elsewhere")
    page = client.get("/testnet/").content.decode()
    assert "#garden" in page
    assert "#elsewhere" not in page


def test_a_network_in_another_case_leads_to_the_one_it_means(client: Client, channel: Channel) -> None:
    response = client.get("/TestNet/")
    assert (response.status_code, response["Location"]) == (302, "/testnet/")


def test_the_exact_name_wins_when_two_networks_differ_in_case_only(client: Client, channel: Channel) -> None:
    Channel.objects.create(network=Network.objects.create(name="TESTNET"), name="#shout")
    assert "#shout" in client.get("/TESTNET/").content.decode()
    assert "#garden" in client.get("/testnet/").content.decode()


def test_lists_take_the_same_few_queries_however_many_channels_there_are(
    client: Client, network: Network, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        Channel.objects.create(network=network, name=f"#c{number}")
    with django_assert_num_queries(2):
        client.get("/")
    with django_assert_num_queries(3):
        client.get("/testnet/")


def test_no_cookie_is_set(client: Client, channel: Channel) -> None:
    for path in ("/", "/testnet/", "/testnet/garden/"):
        assert not client.get(path).cookies


def test_a_long_list_has_pages_that_can_be_filtered(
    client: Client, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "PAGE_CHANNELS", 3)
    for number in range(7):
        Channel.objects.create(network=network, name=f"#c{number}", topic="garden" if number == 5 else "")

    def names(address: str) -> list[str]:
        return re.findall(r">(#c\d)<", client.get(address).content.decode())

    assert names("/") == ["#c0", "#c1", "#c2"]
    assert names("/?page=3") == ["#c6"]
    assert "4–6 of 7 channels" in client.get("/?page=2").content.decode()
    assert 'href="/"' in client.get("/?page=2").content.decode()
    assert names("/?q=C5") == names("/?q=testnet+garden") == ["#c5"]
    assert names("/testnet/?q=c6") == ["#c6"]
    assert "No channel has “zzz”" in client.get("/?q=zzz").content.decode()
    assert "no such page" in client.get("/?page=99").content.decode()
    for address in ("/?q=%00&page=x", "/?page=999999999999", "/testnet/?q=zzz", "/?q=" + "x" * 500):
        assert client.get(address).status_code == 200


def test_a_list_reads_neither_lines_nor_counts_by_day_to_say_how_many_lines_there_are(
    client: Client, network: Network, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "PAGE_CHANNELS", 2)
    for number in range(12):
        say(Channel.objects.create(network=network, name=f"#c{number}"), "ann", "hello")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/?page=6").content.decode().count("1 line<") == 2
    (statement,) = (query["sql"] for query in queries if "last_at" in query["sql"])
    assert "logs_linecounter" in statement
    assert "logs_daycount" not in statement
    assert '"logs_line"' not in statement


def test_a_channel_shows_what_it_is_about_and_its_last_month(client: Client, channel: Channel, say: Say) -> None:
    now = timezone.now()
    for days, count in ((0, 1), (2, 4), (40, 9)):
        for _ in range(count):
            say(channel, "ann", "hello", at=now - timedelta(days=days))
    Channel.objects.filter(pk=channel.pk).update(topic="a topic", description="All about gardens")
    page = client.get("/").content.decode()
    assert "All about gardens" in page
    assert "a topic" not in page
    assert 'aria-label="5 messages in 30 days"' in page
    assert '<path d="M81 16v-16h2v16zM87 16v-8h2v8z"/>' in page
    assert ">now</time>" in page


def test_the_list_counts_who_reads_along(client: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "count_live_readers", {channel.pk: 3}.get)
    assert ">3 reading<" in client.get("/").content.decode()


def test_thousands_of_channels_make_no_heavy_page(client: Client, network: Network) -> None:
    Channel.objects.bulk_create(
        Channel(network=network, name=f"#channel{number}", folded=f"#channel{number}", topic="x" * 300)
        for number in range(1000)
    )
    assert len(client.get("/").content) < 120_000
