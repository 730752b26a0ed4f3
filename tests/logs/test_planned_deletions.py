"""Deletions that wait a day: what is hidden at once, what undoing restores, and what is deleted in the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from logs import planned_deletions, retention
from logs.models import Act, Channel, Line, PlannedDeletion
from tests.conftest import Say
from tests.logs.views.manage.sent_form import read_form
from tests.logs.views.test_who_sees_what import visitor

pytestmark = pytest.mark.django_db

TOMORROW = timedelta(days=1, seconds=1)
MANAGE = "/testnet/garden/manage/"


def texts() -> list[str]:
    return list(Line.objects.order_by("at").values_list("text", flat=True))


def test_a_purge_hides_at_once_and_deletes_a_day_later_what_was_said_before(channel: Channel, say: Say) -> None:
    Channel.objects.update(wanted=True)
    say(channel, "ann", "hello")
    plan = planned_deletions.plan_purge(channel, "ann")
    channel.refresh_from_db()
    assert (channel.hidden, channel.wanted, channel.audience.startswith("owners")) == (True, False, True)
    assert planned_deletions.carry_out_due() == 0
    say(channel, "bob", "invited again", at=plan.created_at + timedelta(seconds=1))
    assert planned_deletions.carry_out_due(timezone.now() + TOMORROW) == 1
    assert texts() == ["invited again"]
    assert not PlannedDeletion.objects.exists()
    assert Act.objects.filter(what="purged the log").count() == 1
    assert planned_deletions.carry_out_due(timezone.now() + TOMORROW) == 0


def test_a_purge_is_deleted_in_pieces(channel: Channel, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH_LINES", 1)
    for hour in (3, 2, 1):
        say(channel, "ann", f"{hour}", at=timezone.now() - timedelta(hours=hour))
    planned_deletions.plan_purge(channel, "ann")
    later = timezone.now() + TOMORROW
    while planned_deletions.carry_out_due(later, max_lines=1):
        assert not Act.objects.filter(what="purged the log").exists() or not texts()
    assert texts() == []
    assert Act.objects.filter(what="purged the log").count() == 1


def test_undoing_a_purge_restores_the_channel(channel: Channel, say: Say) -> None:
    Channel.objects.update(wanted=True)
    say(channel, "ann", "hello")
    plan = planned_deletions.plan_purge(channel, "ann")
    assert planned_deletions.plan_purge(channel, "bob") == plan, "the second press changes nothing"
    assert planned_deletions.undo(channel, plan.pk, "ann")
    assert not planned_deletions.undo(channel, plan.pk, "ann")
    channel.refresh_from_db()
    assert (channel.hidden, channel.wanted, texts()) == (False, True, ["hello"])
    assert planned_deletions.carry_out_due(timezone.now() + TOMORROW) == 0


def test_a_shorter_limit_asks_with_the_number_of_lines_and_waits_a_day(channel: Channel, say: Say) -> None:
    now = timezone.now()
    for days in (400, 40, 1):
        say(channel, "ann", f"{days}", at=now - timedelta(days=days))
    owner = visitor("owner", channel)
    form = read_form(owner.get(f"{MANAGE}storage/").content.decode(), "change-storage")
    response = owner.post(MANAGE, form | {"retention": "30"})
    confirmation = response.content.decode()
    first, last = ((now - timedelta(days=days)).date() for days in (400, 40))
    assert f"This limit deletes 2 lines of #garden, from {first} to {last}." in confirmation
    assert (response.status_code, Channel.objects.get().retention) == (400, None)
    assert owner.post(MANAGE, read_form(confirmation, "change-storage") | {"deletes": "on"}).status_code == 302
    assert Channel.objects.get().retention == 30
    assert retention.apply_retention() == 0
    plan = PlannedDeletion.objects.get()
    assert owner.post(MANAGE, {"act": "undo-deletion", "planned": plan.pk}).status_code == 302
    assert Channel.objects.get().retention is None
    owner.post(MANAGE, form | {"retention": "30", "deletes": "on"})
    assert retention.apply_retention(timezone.now() + TOMORROW) == 2
    assert texts() == ["1"]


def test_until_then_the_former_limit_applies(channel: Channel, say: Say) -> None:
    say(channel, "ann", "too old", at=timezone.now() - timedelta(days=101))
    say(channel, "ann", "old", at=timezone.now() - timedelta(days=50))
    Channel.objects.update(retention=30)
    planned_deletions.plan_retention(channel, 100, "ann")
    assert retention.apply_retention() == 1
    assert texts() == ["old"]
    Channel.objects.update(retention=200)
    planned_deletions.plan_retention(channel, 30, "ann")
    assert not PlannedDeletion.objects.exists(), "a longer limit deletes nothing"
