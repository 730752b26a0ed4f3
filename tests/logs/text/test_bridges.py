"""A channel that names its bridges: pages and live show who speaks behind them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from logs.live.backplane import FollowedChannel
from logs.live.backplane.database import fetch_newest
from logs.models import Channel
from tests.conftest import Say

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_page_and_live_show_the_same_speaker(client: Client, channel: Channel, say: Say) -> None:
    Channel.objects.filter(pk=channel.pk).update(bridges="other Relay[D]")
    say(channel, "relay{d}", "<eve> hi")
    shown = re.search('<div class="line.*?</div>', client.get("/testnet/garden/").content.decode())
    assert shown
    assert ">eve</span>" in shown[0]
    (event,) = fetch_newest(FollowedChannel(channel.pk, channel.get_absolute_url(), "public"))
    assert shown[0].replace('"', '\\"') in event.block.decode()


def test_the_text_of_a_day_says_what_was_heard(client: Client, channel: Channel, say: Say) -> None:
    Channel.objects.filter(pk=channel.pk).update(bridges="relay")
    line = say(channel, "relay", "<eve> hi")
    assert b"<relay> <eve> hi" in client.get(f"/testnet/garden/{line.at:%Y-%m-%d}.txt").getvalue()
