"""What owners and administrators are told of: each state once, by memo and by mail, and not what is as it should be."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone

from logs import owner_notices, site_notices
from logs.accounts import ownership
from logs.models import (
    BotStatus,
    Channel,
    HeldLine,
    Identity,
    MailAddress,
    Membership,
    Network,
    OwnerNotice,
    Request,
)
from logs.models.bot_status import State
from logs.owner_notices import Memo, take_memos, update_notices
from tests.conftest import Say

pytestmark = pytest.mark.django_db


@pytest.fixture
def garden(channel: Channel, say: Say) -> Channel:
    """A channel that the bot is in, with an owner who has an account and one who has none."""
    Network.objects.update(host="irc.example.org")
    Channel.objects.update(wanted=True)
    for account, nick in (("ann", "ann"), ("", "bob")):
        identity = Identity.objects.create(network=channel.network, account=account, nick=nick)
        Membership.objects.create(channel=channel, identity=identity, role="owner")
    set_state(channel, State.JOINED, timezone.now() - timedelta(days=30))
    say(channel, "ann", "hello")
    channel.refresh_from_db()
    return channel


def set_state(channel: Channel, state: State, since: datetime, **more: Any) -> None:
    now = timezone.now()
    defaults = {"state": state, "since": since, "updated_at": now, **more}
    BotStatus.objects.update_or_create(network=channel.network, channel=channel, defaults=defaults)


def hold_line(channel: Channel) -> HeldLine:
    return HeldLine.objects.create(channel=channel, why="flood", at=timezone.now(), kind=1, nick="eve", text="buy")


def texts() -> list[str]:
    return [memo.text for memo in take_memos(Network.objects.get().pk)]


def test_no_notice_is_created_for_a_channel_in_order(garden: Channel) -> None:
    assert update_notices() == 0
    assert texts() == []


def test_a_lasting_refusal_is_notified(garden: Channel) -> None:
    set_state(garden, State.REFUSED, timezone.now(), detail="it is invite only\x02\r\n")
    assert update_notices() == 0
    assert update_notices(timezone.now() + timedelta(minutes=11)) == 1
    (text,) = texts()
    assert text.startswith("#garden on testnet: the bot is refused: it is invite only. http")
    assert text.endswith("/testnet/garden/manage/")


def test_a_kick_is_notified_while_it_is_recent(garden: Channel) -> None:
    ownership.stop_logging(garden.pk, "kicked by eve")
    assert update_notices(timezone.now() + timedelta(days=2)) == 0
    assert update_notices() == 1
    assert "no longer logged: kicked by eve" in texts()[0]


def test_a_week_without_lines_is_notified(garden: Channel) -> None:
    in_a_week = timezone.now() + timedelta(days=7, minutes=1)
    assert update_notices(in_a_week - timedelta(hours=1)) == 0
    Channel.objects.update(paused=True)
    assert update_notices(in_a_week) == 0
    Channel.objects.update(paused=False)
    assert update_notices(in_a_week) == 1
    assert "nothing was logged for a week" in texts()[0]


def test_a_state_is_notified_once_and_again_only_after_it_has_ended_for_a_day(garden: Channel) -> None:
    held, now = hold_line(garden), timezone.now()
    assert [update_notices(now), update_notices(now)] == [1, 0]
    assert take_memos(garden.network_id) == [Memo("ann", OwnerNotice.objects.get().text)]
    assert "1 line held back as flood or spam" in OwnerNotice.objects.get().text
    assert take_memos(garden.network_id) == []
    held.delete()
    assert update_notices(now + timedelta(hours=1)) == 0
    hold_line(garden)
    assert update_notices(now + timedelta(hours=2)) == 0, "it comes and goes"
    HeldLine.objects.all().delete()
    update_notices(now + timedelta(hours=25))
    hold_line(garden)
    assert update_notices(now + timedelta(hours=26)) == 1


def test_owners_can_switch_memos_off(garden: Channel) -> None:
    Channel.objects.update(notifies=False)
    hold_line(garden)
    assert update_notices() == 1
    assert texts() == []


def test_memos_are_sent_a_few_at_a_time(garden: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_notices, "MAX_MEMOS", 1)
    hold_line(garden)
    set_state(garden, State.REFUSED, timezone.now() - timedelta(days=1), detail="banned")
    update_notices()
    assert [len(texts()), len(texts()), len(texts())] == [1, 1, 0]


def test_owners_are_told_of_requests_about_their_channels_without_the_nick(garden: Channel, say: Say) -> None:
    pond = Channel.objects.create(network=garden.network, name="#pond")
    say(pond, "bob", "hello")
    due_at = timezone.now() + timedelta(days=30)
    for number, nick in enumerate(("Ann", "ann", "dora")):
        Request.objects.create(network=garden.network, nick=nick, wish="erase", link_digest=str(number), due_at=due_at)
    assert update_notices() == 2, "for the administrators, and for the owners of the channel where ann spoke"
    (text,) = texts()
    assert text.startswith("#garden on testnet: 2 privacy requests about what was said there")
    assert "ann" not in text.lower()
    Request.objects.update(answered_at=timezone.now())
    assert update_notices(timezone.now() + timedelta(days=2)) == 0
    assert not OwnerNotice.objects.exists()


def test_who_chose_mail_alone_gets_no_memo_as_long_as_mail_works(garden: Channel) -> None:
    ann = Identity.objects.get(account="ann")
    address = MailAddress.objects.create(identity=ann, address="ann@example.org", with_memos=False)
    for is_confirmed, url, count in ((False, "smtp://x", 1), (True, "", 1), (True, "smtp://x", 0)):
        MailAddress.objects.filter(pk=address.pk).update(confirmed_at=timezone.now() if is_confirmed else None)
        OwnerNotice.objects.all().delete()
        hold_line(garden)
        update_notices()
        with override_settings(EMAIL_URL=url):
            assert len(texts()) == count


# What only administrators can cure.


def site_texts() -> list[str]:
    return list(OwnerNotice.objects.filter(channel=None).order_by("pk").values_list("text", flat=True))


def set_network_state(state: State, since: datetime, **more: Any) -> None:
    now = timezone.now()
    defaults = {"state": state, "since": since, "updated_at": now, **more}
    BotStatus.objects.update_or_create(network=Network.objects.get(), channel=None, defaults=defaults)


def test_a_network_that_the_bot_cannot_reach_is_told_when_it_lasts(garden: Channel) -> None:
    now = timezone.now()
    set_network_state(State.WAITING, now - timedelta(minutes=14), detail="connection refused;\r\nnext try in 300 s")
    assert update_notices(now) == 0
    assert update_notices(now + timedelta(minutes=2)) == 1
    (text,) = site_texts()
    assert text.startswith("testnet: the bot has not been connected since 20")
    assert text.endswith(" UTC: connection refused; next try in 300 s")
    set_network_state(State.CONNECTED, now)
    assert update_notices(now + timedelta(days=2)) == 0
    assert site_texts() == []


def test_being_refused_everywhere_is_told_once(garden: Channel) -> None:
    now = timezone.now()
    pond = Channel.objects.create(network=garden.network, name="#pond", wanted=True)
    Channel.objects.create(network=garden.network, name="#old", wanted=False)
    set_network_state(State.CONNECTED, now - timedelta(days=1))
    set_state(garden, State.REFUSED, now - timedelta(hours=1), detail="you are banned")
    set_state(pond, State.JOINED, now - timedelta(hours=1))
    update_notices(now)
    assert site_texts() == [], "the owners are told of one channel"
    set_state(pond, State.REFUSED, now - timedelta(hours=1), detail="you are banned")
    update_notices(now)
    assert site_texts() == ["testnet: the bot is refused in all 2 channels: you are banned"]


def test_what_went_wrong_with_lines_is_told_until_it_is_acknowledged(garden: Channel) -> None:
    now = timezone.now()
    set_network_state(State.CONNECTED, now, lost=3, refused=1)
    assert [update_notices(now), update_notices(now)] == [1, 0]
    (text,) = site_texts()
    assert text.startswith("testnet: 3 lines lost, 1 record that the database refused. manage.py botstatus says more")
    call_command("botstatus", "--acknowledge", stdout=StringIO())
    update_notices(now + timedelta(days=2))
    assert site_texts() == []


def test_requests_that_are_nearly_due_are_told_again(garden: Channel) -> None:
    now = timezone.now()
    due_at = now + timedelta(days=30)
    Channel.objects.update(paused=True)  # its silence is not told
    Request.objects.create(network=garden.network, nick="eve", wish="erase", link_digest="x", due_at=due_at)
    assert [update_notices(now), update_notices(now + timedelta(days=22))] == [1, 0]
    assert update_notices(now + timedelta(days=24)) == 1
    assert site_texts()[-1] == f"testnet: 1 privacy request not answered yet, due on {due_at:%Y-%m-%d}"


def test_old_backups_are_reported(tmp_path: Path) -> None:
    with override_settings(BACKUP_DIR=""):
        assert site_notices.look_for_backups() == "", "the checklist asks for them"
    with override_settings(BACKUP_DIR=str(tmp_path)):
        assert site_notices.look_for_backups() == f"There is no backup in {tmp_path}."
        (tmp_path / "botbot.dump").write_text("dump")
        assert site_notices.look_for_backups() == ""
        old = (timezone.now() - timedelta(days=4)).timestamp()
        os.utime(tmp_path / "botbot.dump", (old, old))
        problem = site_notices.look_for_backups()
    assert [update_notices(backup_problem=problem), update_notices(backup_problem=problem)] == [1, 0]
    assert site_texts() == ["The newest backup is 96 hours old. docs/installing.md says how to make backups."]
    assert str(OwnerNotice.objects.get()) == "there is no recent backup"
