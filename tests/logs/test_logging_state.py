"""Whether a channel is logged, in words: the first reason in the way of logging, for pages, for owners and for live."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from logs.live.backplane import database
from logs.logging_state import LoggingState, fetch_logged, fetch_logging_state
from logs.models import BotStatus, Channel, Network, WatchedFile, WatchedPath
from logs.models.bot_status import State
from logs.models.watched import WatchState
from tests.logs.views.test_who_sees_what import visitor

pytestmark = pytest.mark.django_db

MANAGE = "/testnet/garden/manage/"


@pytest.fixture
def logged(channel: Channel) -> Channel:
    """A channel that the bot is in."""
    now = timezone.now()
    Network.objects.update(host="irc.example.org")
    Channel.objects.update(wanted=True)
    for where, state in ((None, State.CONNECTED), (channel, State.JOINED)):
        BotStatus.objects.create(network=channel.network, channel=where, state=state, since=now, updated_at=now)
    return Channel.objects.select_related("network").get()


def change(**fields: object) -> None:
    """Change the network, the channel or their statuses: `network__host`, `channel__paused`, `own__state` ..."""
    rows = {
        "network": Network.objects.all(),
        "channel": Channel.objects.all(),
        "own": BotStatus.objects.exclude(channel=None),
        "its": BotStatus.objects.filter(channel=None),
    }
    for name, value in fields.items():
        row, _, field = name.partition("__")
        rows[row].update(**{field: value})  # type: ignore[attr-defined]


def execute(statement: str, parameters: Sequence[Any]) -> list[database.Row]:
    """Run live's statement with its one parameter in the transaction of the test."""
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("$1", "%(channels)s"), {"channels": parameters[0]})
        return list(cursor.fetchall())


@pytest.mark.parametrize(
    ("fields", "why_not", "detail"),
    [
        ({}, "", ""),
        ({"network__host": ""}, None, ""),
        ({"network__wanted": False}, "the bot is switched off for the whole of testnet", ""),
        ({"channel__stopped": "kicked by ann"}, "the bot stays away until an operator invites it", "kicked by ann"),
        ({"channel__wanted": False}, "the bot is not in the channel", ""),
        ({"its__state": State.OFF}, "the bot is not running", ""),
        ({"its__updated_at": timezone.now() - timedelta(hours=1)}, "the bot is not running", ""),
        ({"its__state": State.WAITING, "its__detail": "no route"}, "the bot is not connected to testnet", "no route"),
        ({"own__state": State.REFUSED, "own__detail": "+i"}, "the server does not let the bot in", "+i"),
        ({"own__state": State.JOINING}, "the bot is about to join the channel", ""),
        ({"channel__paused": True}, "logging is paused", ""),
    ],
)
def test_the_first_reason_in_the_way_is_given(
    logged: Channel, fields: dict[str, object], why_not: str | None, detail: str
) -> None:
    change(**fields)
    channel = Channel.objects.select_related("network").get()
    state = fetch_logging_state(channel)
    assert (state.why_not, state.detail) == (why_not, detail)
    assert database.fetch_reasons([channel.pk], execute) == {channel.pk: why_not}
    assert database.fetch_reasons(None, execute) == {channel.pk: why_not}


def test_a_bot_that_never_reported_is_not_running(logged: Channel) -> None:
    BotStatus.objects.all().delete()
    assert fetch_logging_state(logged) == LoggingState("the bot is not running")


def test_the_pages_say_why_nothing_is_logged(logged: Channel) -> None:
    owner, note = visitor("owner", logged), "Nothing is logged at the moment: <span>logging is paused</span>."
    assert "The bot is in the channel and logs it, since 20" in owner.get(MANAGE).content.decode()
    assert note not in owner.get(logged.get_absolute_url()).content.decode()
    change(channel__paused=True)
    assert note in owner.get(logged.get_absolute_url()).content.decode()
    for page in ("", "storage/", "acts/", "import/"):
        assert "Nothing is logged at the moment: logging is paused" in owner.get(MANAGE + page).content.decode()
    change(own__state=State.REFUSED, own__detail="by invitation only")
    shown = owner.get(MANAGE).content.decode()
    assert "the server does not let the bot in" in shown
    assert "The reason: by invitation only." in shown
    stranger = Client().get(logged.get_absolute_url()).content.decode()
    assert "the server does not let the bot in" in stranger
    assert "by invitation only" not in stranger


def test_the_overview_says_who_reads_and_what_was_said_last(logged: Channel) -> None:
    shown = visitor("owner", logged).get(MANAGE).content.decode()
    assert "everybody; no page follows it live now" in shown
    assert "none yet" in shown


@pytest.fixture
def watched(channel: Channel) -> WatchedPath:
    """A channel whose log file a process follows."""
    path = WatchedPath.objects.create(path="/logs", seen_at=timezone.now())
    WatchedFile.objects.create(root=path, path="/logs/a", folder="/logs", channel=channel, state=WatchState.FOLLOWED)
    return path


@pytest.mark.parametrize(
    ("change", "why_not"),
    [
        ({}, ""),
        ({"seen_at": None}, "nothing follows its log files"),
        ({"seen_at": timezone.now() - timedelta(hours=1)}, "nothing follows its log files"),
        ({"paused": True}, "logging is paused"),
    ],
)
@pytest.mark.parametrize("host", ["", "irc.example.org"])
def test_a_channel_with_watched_files_is_logged_while_they_are_followed(
    watched: WatchedPath, change: dict[str, Any], why_not: str, host: str
) -> None:
    Network.objects.update(host=host)
    if "paused" in change:
        Channel.objects.update(**change)
    elif change:
        WatchedPath.objects.update(**change)
    channel = Channel.objects.select_related("network").get()
    assert fetch_logging_state(channel) == LoggingState(why_not, is_watched=True)
    assert database.fetch_reasons([channel.pk], execute) == {channel.pk: why_not}
    assert fetch_logged([channel.pk]) == ({channel.pk} if not why_not else set())
    shown = visitor("owner", channel).get(MANAGE).content.decode()
    assert ("log files that others keep" in shown) is (why_not == "")
    assert (f"Nothing is logged at the moment: {why_not}" in shown) is (why_not != "")
    assert "/invite" not in shown
    listed = Client().get("/").content.decode()
    assert ("Its log is followed." in listed) is ("seen_at" not in change)


def test_files_that_are_not_followed_say_nothing(watched: WatchedPath, logged: Channel) -> None:
    assert fetch_logging_state(logged).why_not == ""
    assert not fetch_logging_state(logged).is_watched
    WatchedFile.objects.update(state=WatchState.REFUSED)
    change(channel__wanted=False)
    channel = Channel.objects.select_related("network").get()
    assert fetch_logging_state(channel).why_not == "the bot is not in the channel"
    assert database.fetch_reasons([channel.pk], execute) == {channel.pk: "the bot is not in the channel"}


def test_a_quiet_channel_with_watched_files_is_no_archive(watched: WatchedPath, say: Any, client: Client) -> None:
    channel = Channel.objects.get()
    line = say(channel, "ann", "long ago", timezone.now() - timedelta(days=60))
    address = f"/testnet/garden/{line.at:%Y-%m-%d}/"
    assert "Archive, until" not in client.get(address).content.decode()
    tag = client.get(address)["ETag"]
    WatchedFile.objects.update(state=WatchState.GONE)
    assert client.get(address)["ETag"] != tag
    assert "Archive, until" in client.get(address).content.decode()
