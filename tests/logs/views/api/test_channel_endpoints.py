"""Networks, channels, days, statistics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.utils import timezone

from logs import archive
from logs.models import BotStatus, Channel, Kind, Network
from tests.conftest import Say
from tests.logs.views.api.conftest import GARDEN, Caller

pytestmark = pytest.mark.django_db


def test_networks_have_a_channel_that_one_may_read(channel: Channel, api: Caller) -> None:
    other = Network.objects.create(name="othernet")
    Channel.objects.create(network=other, name="#secret", visibility="members")
    found = api.json("/api/v1/networks")["networks"]
    assert found == [{"name": "testnet", "channels": 1, "url": f"{settings.SITE_URL}/testnet/"}]


def test_a_channel_shows_its_activity_and_its_last_line(channel: Channel, say: Say, api: Caller) -> None:
    Channel.objects.update(topic="\x02Welcome\x02")
    noon = datetime.combine(archive.today(), datetime.min.time(), UTC)
    for days in (40, 20, 3, 3):
        say(channel, "ann", f"{days} days ago", at=noon - timedelta(days=days))
    say(channel, "bob", at=noon, kind=Kind.JOIN)
    say(channel, "ann", "told late", at=noon - timedelta(days=1))
    now = timezone.now()
    BotStatus.objects.create(network=channel.network, channel=channel, state="joined", since=now, updated_at=now)
    (found,) = api.json("/api/v1/channels")["channels"]
    assert (found["topic"], found["public"], found["recording"]) == ("Welcome", True, True)
    assert found["position"] == 6
    assert (found["lines"], found["activity"]) == (6, {"today": 0, "week": 3, "month": 4})
    assert found["first_day"] == str(noon.date() - timedelta(days=40))
    assert found["last_day"] == str(noon.date())
    assert (found["last_line"]["id"], found["last_line"]["kind"]) == (5, "join")
    assert found["url"] == f"{settings.SITE_URL}/testnet/garden/"
    assert api.json(GARDEN) == found | {"recording": True}


def test_a_channel_without_lines_is_listed_too(channel: Channel, api: Caller) -> None:
    (found,) = api.json("/api/v1/networks/testnet/channels")["channels"]
    assert (found["lines"], found["last_line"], found["first_day"], found["recording"]) == (0, None, None, False)


def test_channels_come_in_pages(network: Network, api: Caller) -> None:
    names = ["#a", "##a", "&a", "#b/c", "#Ü", "#[x]", "#z%2F"]
    for name in names:
        Channel.objects.create(network=network, name=name)
        Channel.objects.create(network=Network.objects.get_or_create(name="Another")[0], name=name)
    found, later = [], None
    while True:
        page = api.json("/api/v1/channels", limit=3, **({"after": later} if later else {}))
        found += [(item["network"], item["name"]) for item in page["channels"]]
        if (later := page["later"]) is None:
            break
    assert len(found) == len(set(found)) == 14
    assert [name for _, name in found[:7]] == [name for _, name in found[7:]]
    for name in names:
        address = Channel.objects.get(network=network, name=name).get_absolute_url().removeprefix("/testnet/")
        assert api.json(f"/api/v1/networks/testnet/channels/{address.rstrip('/')}")["name"] == name


@pytest.mark.parametrize("after", ["", "/", "nowhere/nothing", "\x00", "testnet", "%", "é/\u202e"])
def test_any_page_of_the_list_of_channels_is_answered(channel: Channel, api: Caller, after: str) -> None:
    assert api.get("/api/v1/channels", after=after).status_code == 200


def test_names_are_found_in_whatever_case(channel: Channel, api: Caller) -> None:
    assert api.json("/api/v1/networks/TESTNET/channels/GARDEN")["name"] == "#garden"


def test_days_come_in_order_and_in_pages_both_ways(channel: Channel, say: Say, api: Caller) -> None:
    dates = [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 5, 9, 20)]
    for date in dates:
        say(channel, "ann", "x", at=date)
        say(channel, "ann", at=date, kind=Kind.JOIN)
    days = f"{GARDEN}/days"
    page = api.json(days, limit=2)
    assert page["days"][1] == {
        "day": "2026-03-20",
        "lines": 2,
        "said": 1,
        "url": f"{settings.SITE_URL}/testnet/garden/2026-03-20/",
    }
    assert (page["earlier"], page["later"]) == ("2026-03-09", None)
    page = api.json(days, before=page["earlier"], limit=2)
    assert [day["day"] for day in page["days"]] == ["2026-03-02", "2026-03-05"]
    assert (page["earlier"], page["later"]) == ("2026-03-02", "2026-03-05")
    page = api.json(days, after=page["later"], limit=2)
    assert [day["day"] for day in page["days"]] == ["2026-03-09", "2026-03-20"]
    assert (page["earlier"], page["later"]) == ("2026-03-09", None)
    assert api.json(days, before="2026-03-01")["days"] == []
    between = api.json(days, after="2026-03-01", before="2026-03-09")
    assert [day["day"] for day in between["days"]] == ["2026-03-02", "2026-03-05"]


def test_statistics(channel: Channel, say: Say, api: Caller) -> None:
    monday = datetime(2026, 3, 2, 10, tzinfo=UTC)
    for days in (0, 1, 9):
        say(channel, "ann", "x", at=monday + timedelta(days=days))
    say(channel, "bob", "x", at=monday)
    found = api.json(f"{GARDEN}/stats")
    assert (found["lines"], found["said"], found["days"], found["people"]) == (4, 4, 3, 2)
    assert (found["first_day"], found["last_day"], found["by_year"]) == ("2026-03-02", "2026-03-11", {"2026": 4})
    assert (len(found["by_hour"]), found["by_hour"][10], found["by_hour"][34]) == (168, 2, 1)
    assert found["speakers"] == [{"name": "ann", "said": 3}, {"name": "bob", "said": 1}]
    assert found["longest_silence"]["seconds"] == 8 * 24 * 3600
    assert api.json(f"{GARDEN}/stats", limit=1)["speakers"] == [{"name": "ann", "said": 3}]
    assert api.json("/api/v1/stats")["channels"] == [{"name": "testnet/#garden", "said": 4}]
    Channel.objects.update(visibility="members")
    assert api.json("/api/v1/stats")["said"] == 0


@pytest.mark.parametrize("name", ["#garden", "##c", "#c++", "#a/b", "#50%", "&local", "#\u00fc b", "#.", "#a%2Fb"])
def test_the_path_of_a_channel_leads_to_it_everywhere(network: Network, api: Caller, name: str) -> None:
    Channel.objects.create(network=network, name=name)
    (found,) = api.json("/api/v1/channels")["channels"]
    assert api.json(f"/api/v1/networks/testnet/channels/{found['path']}")["name"] == name
    assert unquote(found["url"]).endswith(unquote(f"/testnet/{found['path']}/"))
