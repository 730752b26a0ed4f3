"""When a log opens and closes by its topic, an owner's confirmation, or an earlier version's decision."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from logs.accounts import ownership
from logs.models import Act, Channel
from logs.models.channel_choices import LoggingNotice
from tests.logs.views.test_who_sees_what import visitor

pytestmark = pytest.mark.django_db

WORDS = "Roses | publicly logged"
DENIAL = "Public logging of this channel is forbidden"


def set_topic(channel: Channel, topic: str) -> LoggingNotice:
    ownership.set_topic(channel.pk, topic)
    return LoggingNotice(Channel.objects.get(pk=channel.pk).notice)


def set_notice(channel: Channel, notice: LoggingNotice, topic: str = "") -> None:
    Channel.objects.filter(pk=channel.pk).update(notice=notice, topic=topic)


def test_only_the_address_opens_a_log(channel: Channel) -> None:
    set_notice(channel, LoggingNotice.MISSING)
    for topic in (WORDS, DENIAL, "", f"not at {ownership.notice_text(channel)}"):
        assert set_topic(channel, topic) == LoggingNotice.MISSING
    assert not Act.objects.exists()
    assert set_topic(channel, f"Roses | {ownership.notice_text(channel)}") == LoggingNotice.GIVEN
    assert Channel.objects.get().audience == "public"
    assert [act.what for act in Act.objects.all()] == ["the topic has the log's address: the log is open"]


@pytest.mark.parametrize("topic", [WORDS, DENIAL, "", "Roses"])
def test_a_topic_without_the_address_closes_the_log(channel: Channel, topic: str) -> None:
    set_notice(channel, LoggingNotice.GIVEN, ownership.notice_text(channel))
    assert set_topic(channel, topic) == LoggingNotice.MISSING
    assert Channel.objects.get().audience.startswith("owners")
    assert Act.objects.get().by == "the bot"


def test_a_log_opened_by_words_in_an_earlier_version_stays_open_while_they_stand(channel: Channel) -> None:
    set_notice(channel, LoggingNotice.GIVEN, WORDS)
    assert set_topic(channel, WORDS) == LoggingNotice.GIVEN
    assert set_topic(channel, "Daisies | publicly logged") == LoggingNotice.GIVEN
    assert set_topic(channel, "Daisies") == LoggingNotice.MISSING
    assert set_topic(channel, WORDS) == LoggingNotice.MISSING


def test_a_log_opened_by_a_misread_topic_is_closed(channel: Channel) -> None:
    set_notice(channel, LoggingNotice.GIVEN, DENIAL)
    assert set_topic(channel, DENIAL) == LoggingNotice.MISSING
    assert "an owner must confirm" in Act.objects.get().what


def test_a_confirmation_holds_until_a_new_topic_denies_it(channel: Channel) -> None:
    set_notice(channel, LoggingNotice.MISSING, DENIAL)
    ownership.confirm_notice(channel, "ann")
    assert set_topic(channel, DENIAL) == LoggingNotice.CONFIRMED, "the owner has read this topic"
    assert set_topic(channel, "Roses") == LoggingNotice.CONFIRMED
    assert set_topic(channel, ownership.notice_text(channel)) == LoggingNotice.CONFIRMED
    assert set_topic(channel, DENIAL) == LoggingNotice.MISSING


def test_a_confirmation_ends_with_new_words_beside_the_address(channel: Channel) -> None:
    notice = ownership.notice_text(channel)
    set_notice(channel, LoggingNotice.MISSING, f"{notice} - be nice")
    ownership.confirm_notice(channel, "ann")
    assert set_topic(channel, f"Roses | {notice} - be nice") == LoggingNotice.CONFIRMED
    assert set_topic(channel, f"Roses | {notice} - abgeschafft") == LoggingNotice.MISSING


def test_a_log_opened_by_the_address_among_other_words_stays_open_while_they_stand(channel: Channel) -> None:
    topic = f"{ownership.notice_text(channel)} - be nice"
    set_notice(channel, LoggingNotice.GIVEN, topic)
    assert set_topic(channel, topic) == LoggingNotice.GIVEN
    assert set_topic(channel, f"{topic} | Roses") == LoggingNotice.GIVEN
    assert set_topic(channel, f"{topic} - abgeschafft") == LoggingNotice.MISSING
    assert set_topic(channel, topic) == LoggingNotice.MISSING


@pytest.mark.parametrize("topic", [WORDS, DENIAL, ""])
def test_an_administrators_approval_depends_on_no_topic(channel: Channel, topic: str) -> None:
    assert set_topic(channel, topic) == LoggingNotice.UNNEEDED


def post(client: Client, act: str, **fields: str) -> int:
    return int(client.post("/testnet/garden/manage/", {"act": act} | fields).status_code)


def test_an_owner_confirms_and_withdraws_the_notice(channel: Channel) -> None:
    client = visitor("owner", channel)
    set_notice(channel, LoggingNotice.MISSING, WORDS)
    page = client.get("/testnet/garden/manage/readers/").content.decode()
    assert "Needs confirmation" in page
    assert ownership.notice_text(channel) in page
    assert post(client, "confirm-notice") == 400
    assert Channel.objects.get().notice == LoggingNotice.MISSING
    assert post(client, "confirm-notice", is_told="on") == 302
    assert Channel.objects.get().audience == "public"
    page = client.get("/testnet/garden/manage/readers/").content.decode()
    assert "Needs confirmation" not in page
    assert "An owner has confirmed" in page
    assert post(client, "withdraw-notice") == 302
    assert Channel.objects.get().audience.startswith("owners")
    whats = [act.what for act in Act.objects.order_by("pk")]
    assert [what.split()[0] for what in whats] == ["confirmed", "withdrew"]


@pytest.mark.parametrize("visitor_name", ["stranger", "member"])
def test_nobody_but_owners_confirms_the_notice(channel: Channel, visitor_name: str) -> None:
    set_notice(channel, LoggingNotice.MISSING)
    assert post(visitor(visitor_name, channel), "confirm-notice", is_told="on") == 404
    assert Channel.objects.get().notice == LoggingNotice.MISSING


def test_withdrawing_leaves_the_topic_to_decide(channel: Channel) -> None:
    set_notice(channel, LoggingNotice.CONFIRMED, ownership.notice_text(channel))
    ownership.withdraw_notice(channel, "ann")
    assert Channel.objects.get().notice == LoggingNotice.GIVEN


def test_the_upgrade_keeps_logs_open_that_an_entry_message_opened(channel: Channel) -> None:
    closed = Channel.objects.create(network=channel.network, name="#closed", notice="missing", entry_notice=True)
    Channel.objects.filter(pk=channel.pk).update(notice="given", entry_notice=True, topic="Roses")
    import_module("logs.migrations.0010_notice_by_address").confirm_entry_messages(
        apps, SimpleNamespace(connection=connection)
    )
    assert set_topic(channel, "Roses") == LoggingNotice.CONFIRMED
    assert Act.objects.get().channel == channel
    assert set_topic(closed, "Roses") == LoggingNotice.MISSING
