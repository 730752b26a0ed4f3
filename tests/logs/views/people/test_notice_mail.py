"""Mails to owners and administrators, as a real mail server gets them: links, notices, refusals, stopping."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.test import Client, override_settings
from django.utils import timezone

from logs import mail_addresses, notice_mail, owner_notices
from logs.accounts import ownership
from logs.models import (
    AskedAddress,
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
from logs.models.notices import NoticeKind
from logs.notice_mail import send_confirmations, send_to_administrators, send_to_owners
from logs.site_notices import report_silent_bot
from tests.conftest import Say
from tests.logs.views.test_who_sees_what import visitor
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db

ANN = "ann@example.org"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running, running.settings():
        yield running


@pytest.fixture
def owner(server: MailServer, channel: Channel) -> Client:
    return visitor("owner", channel)


def enter_address(owner: Client, address: str = ANN, **more: str) -> str:
    return owner.post("/me/", {"act": "mail-save", "address": address, **more}).content.decode()


def links(text: str) -> list[str]:
    return [urlsplit(url).path for url in re.findall(r"http://\S+/me/mail/\S+", text)]


def confirm(owner: Client, server: MailServer, address: str = ANN) -> None:
    enter_address(owner, address, with_memos="on")
    assert send_confirmations() == 1
    link, _ = links(server.next_message().get_content())
    assert Client().post(link).status_code == 200


def create_notice(channel: Channel) -> None:
    HeldLine.objects.create(channel=channel, why="flood", at=timezone.now(), kind=1, nick="eve", text="buy")
    owner_notices.update_notices()


def test_an_address_counts_once_its_link_was_followed_and_pressed(owner: Client, server: MailServer) -> None:
    assert "A mail with a link goes to ann@example.org" in enter_address(owner)
    assert "is on its way there" in owner.get("/me/").content.decode()
    assert [send_confirmations(), send_confirmations()] == [1, 0]
    mail = server.next_message()
    assert (mail["To"], mail["Auto-Submitted"]) == (ANN, "auto-generated")
    assert "owner (account owner) on testnet" in mail.get_content()
    link, _ = links(mail.get_content())
    assert "Send notices to this address" in Client().get(link).content.decode()
    assert not MailAddress.objects.filter(confirmed_at__isnull=False).exists(), "programs follow links, too"
    assert "Confirmed" in Client().post(link).content.decode()
    assert MailAddress.objects.get().confirmed_at
    assert [Client().post(link).status_code, Client().get(link).status_code] == [404, 404], "it works once"
    assert "go to ann@example.org, not as memos" in owner.get("/me/").content.decode()
    assert "Saved." in enter_address(owner, with_memos="on")
    assert MailAddress.objects.get().with_memos
    assert send_confirmations() == 0


@pytest.mark.parametrize("how", ["old", "replaced", "changed", "invented", "removed"])
def test_a_link_that_is_no_longer_valid_confirms_nothing(
    owner: Client, server: MailServer, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_address(owner)
    send_confirmations()
    link, _ = links(server.next_message().get_content())
    match how:
        case "old":
            monkeypatch.setattr(mail_addresses, "LINK_LIFETIME", timedelta(seconds=-1))
        case "replaced":
            owner.post("/me/", {"act": "mail-again"})
        case "changed":
            enter_address(owner, "bob@example.org")
        case "invented":
            link = link[:-4] + "AAA/"
        case "removed":
            owner.post("/me/", {"act": "mail-remove"})
    response = Client().post(link)
    assert (response.status_code, "not valid" in response.content.decode()) == (404, True)
    assert not MailAddress.objects.filter(confirmed_at__isnull=False).exists()


@pytest.mark.parametrize("address", ["", "ann", "ann@example.org\nBcc: eve@example.org", "a" * 250 + "@example.org"])
def test_what_is_no_address_is_refused(owner: Client, address: str) -> None:
    assert owner.post("/me/", {"act": "mail-save", "address": address}).status_code == 400
    assert not MailAddress.objects.exists()


def test_links_are_limited_by_person_and_by_address(owner: Client, server: MailServer, channel: Channel) -> None:
    for _ in range(mail_addresses.MAX_LINKS_PER_ADDRESS - 1):
        enter_address(owner)
        owner.post("/me/", {"act": "mail-remove"})
    enter_address(owner)
    assert "Too many mails" in owner.post("/me/", {"act": "mail-again"}).content.decode()
    other = Identity.objects.create(network=channel.network, account="other", nick="other")
    with pytest.raises(mail_addresses.AddressError):
        mail_addresses.give_address(other, ANN.upper(), with_memos=True)
    for number in range(mail_addresses.MAX_LINKS_PER_PERSON - mail_addresses.MAX_LINKS_PER_ADDRESS):
        enter_address(owner, f"{number}@example.org")
    assert "Too many mails" in enter_address(owner, "bob@example.org")
    later = timezone.now() + timedelta(days=1, minutes=1)
    mail_addresses.delete_unneeded(later)
    assert not AskedAddress.objects.exists()
    assert not MailAddress.objects.exists(), "what was not confirmed within a day"


def test_a_refused_address_gets_no_other_link_for_90_days(owner: Client, server: MailServer) -> None:
    enter_address(owner)
    send_confirmations()
    _, stop = links(server.next_message().get_content())
    assert Client().post(stop).status_code == 200
    assert "asked this site for no more mail" in enter_address(owner)
    mail_addresses.delete_unneeded(timezone.now() + timedelta(days=89))
    assert "asked this site for no more mail" in enter_address(owner)
    mail_addresses.delete_unneeded(timezone.now() + timedelta(days=91))
    assert "A mail with a link goes to" in enter_address(owner)


def test_a_notice_is_mailed_once_and_mails_keep_a_distance(owner: Client, server: MailServer, channel: Channel) -> None:
    confirm(owner, server)
    create_notice(channel)
    now = timezone.now()
    assert [send_to_owners(now), send_to_owners(now + timedelta(hours=1))] == [1, 0]
    mail = server.next_message()
    assert mail["Subject"] == "[BotBot] #garden: lines are held back"
    assert "1 line held back as flood or spam. http" in mail.get_content()
    pond = Channel.objects.create(network=channel.network, name="#pond")
    Membership.objects.create(channel=pond, identity=Identity.objects.get(), role="owner")
    create_notice(pond)
    assert send_to_owners(now + timedelta(minutes=1)) == 0
    assert send_to_owners(now + timedelta(minutes=11)) == 1
    assert "#pond" in server.next_message().get_content()


@pytest.mark.parametrize("change", ["unconfirmed", "member", "other channel", "switched off", "no server"])
def test_nobody_else_is_mailed(owner: Client, server: MailServer, channel: Channel, change: str) -> None:
    confirm(owner, server)
    create_notice(channel)
    match change:
        case "unconfirmed":
            MailAddress.objects.update(confirmed_at=None)
        case "member":
            Membership.objects.update(role="member")
        case "other channel":
            Membership.objects.update(channel=Channel.objects.create(network=channel.network, name="#pond"))
        case "switched off":
            Channel.objects.update(notifies=False)
    with override_settings(EMAIL_URL="" if change == "no server" else server.url):
        assert send_to_owners() == 0
    assert server.mails == []


def test_mail_programs_stop_mails_by_one_click(owner: Client, server: MailServer, channel: Channel) -> None:
    confirm(owner, server)
    create_notice(channel)
    send_to_owners()
    mail = server.next_message()
    stop = urlsplit(mail["List-Unsubscribe"].strip(" <>")).path
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stop in links(mail.get_content())
    strict = Client(enforce_csrf_checks=True)
    assert strict.get(stop).status_code == 200
    assert MailAddress.objects.exists(), "a link alone deletes nothing"
    assert [strict.post(stop, {"List-Unsubscribe": "One-Click"}).status_code for _ in range(2)] == [200, 200]
    assert not MailAddress.objects.exists()
    assert "No more mail" in strict.get(stop).content.decode()
    assert strict.post(stop[:-4] + "AAA/").status_code == 404
    confirm(owner, server, "bob@example.org")
    strict.post(stop)
    assert MailAddress.objects.get().address == "bob@example.org", "the link is about the other address"


def test_a_refused_address_is_tried_less_and_less_and_then_no_more(
    owner: Client, server: MailServer, channel: Channel
) -> None:
    confirm(owner, server)
    create_notice(channel)
    server.refused.add(ANN)
    now = timezone.now()
    assert send_to_owners(now) == 0
    assert "550 no such user" in owner.get("/me/").content.decode()
    server.refused.clear()
    assert send_to_owners(now + timedelta(minutes=1)) == 0, "after a pause"
    assert send_to_owners(now + timedelta(minutes=3)) == 1
    server.next_message()
    server.refused.add(ANN)
    pond = Channel.objects.create(network=channel.network, name="#pond")
    Membership.objects.create(channel=pond, identity=Identity.objects.get(), role="owner")
    create_notice(pond)
    for attempt in range(notice_mail.MAX_FAILURES):
        assert MailAddress.objects.get().confirmed_at, attempt
        send_to_owners(now + timedelta(hours=1 + attempt))
    assert MailAddress.objects.get().confirmed_at is None
    assert "is not used any more" in owner.get("/me/").content.decode()
    server.refused.clear()
    owner.post("/me/", {"act": "mail-again"})
    assert send_confirmations() == 1


def test_what_a_busy_or_absent_server_does_not_take_is_sent_later(
    owner: Client, server: MailServer, channel: Channel
) -> None:
    enter_address(owner)
    server.is_busy = True
    assert send_confirmations() == 0
    server.is_busy = False
    now = timezone.now() + timedelta(minutes=5)
    with override_settings(EMAIL_PORT=1):
        assert send_confirmations(now) == 0
    assert send_confirmations(now) == 1
    link, _ = links(server.next_message().get_content())
    Client().post(link)
    create_notice(channel)
    with override_settings(EMAIL_PORT=1):
        assert send_to_owners() == 0
    assert send_to_owners() == 1


def test_the_address_goes_with_the_persons_data_and_is_exported(
    owner: Client, server: MailServer, channel: Channel, say: Say
) -> None:
    confirm(owner, server)
    say(channel, "owner", "hello", account="owner")
    exported = b"".join(owner.get("/me/lines.jsonl")).decode()
    assert f'"mail_address": "{ANN}"' in exported.splitlines()[0]
    assert len(exported.splitlines()) == 2
    page = owner.post("/me/", {"act": "erase"}).content.decode()
    assert f"Your mail address {ANN} is deleted as well" in page
    page = owner.post("/me/", {"act": "erase", "sure": "on"}).content.decode()
    assert "Permanently erased 1 line and your mail address." in page
    assert not MailAddress.objects.exists()


def test_who_owns_nothing_any_more_has_no_address_here(owner: Client, server: MailServer) -> None:
    confirm(owner, server)
    assert mail_addresses.delete_unneeded() == 0
    ownership.revoke_role(Membership.objects.get(), "another owner")
    assert mail_addresses.delete_unneeded() == 1
    assert "Nothing was saved" in enter_address(owner)


def test_without_a_mail_server_the_page_offers_only_to_delete(owner: Client, server: MailServer) -> None:
    confirm(owner, server)
    with override_settings(EMAIL_URL=""):
        page = owner.get("/me/").content.decode()
        assert "Delete the address" in page
        assert "mail-save" not in page
        owner.post("/me/", {"act": "mail-remove"})
        assert "Notices by mail" not in owner.get("/me/").content.decode()


def test_administrators_see_and_delete_addresses(
    owner: Client, server: MailServer, channel: Channel, admin_client: Client
) -> None:
    confirm(owner, server)
    row = MailAddress.objects.get()
    page = "/admin/logs/mailaddress/"
    assert ANN in admin_client.get(page).content.decode()
    admin_client.post(page, {"action": "delete_addresses", "_selected_action": row.pk, "sure": "yes"})
    assert not MailAddress.objects.exists()


def test_administrators_are_mailed_once(channel: Channel, server: MailServer, say: Say) -> None:
    for name, address, is_superuser in (("root", "root@example.org", True), ("mo", "mo@example.org", False)):
        get_user_model().objects.create_user(name, address, is_superuser=is_superuser, is_staff=True)
    get_user_model().objects.create_superuser("nobody")
    say(channel, "eve", "hello")
    due_at = timezone.now() + timedelta(days=30)
    Request.objects.create(
        network=channel.network, nick="eve", wish="erase", words="All.", link_digest="x", due_at=due_at
    )
    create_notice(channel)
    with override_settings(EMAIL_URL=""):
        assert send_to_administrators() == 0, "no mail server is set"
    with override_settings(SITE_NAME="Garden logs"):
        assert [send_to_administrators(), send_to_administrators()] == [2, 0]
    mail = server.next_message()
    assert (mail["To"], mail["Subject"].endswith("and 1 more")) == (None, True)
    assert "testnet: 1 privacy request to answer, the first until" in mail.get_content()
    assert "1 line held back" in mail.get_content()


def test_a_mail_that_the_server_refuses_is_sent_later(channel: Channel, server: MailServer) -> None:
    get_user_model().objects.create_superuser("root", "root@example.org")
    create_notice(channel)
    with override_settings(EMAIL_PORT=1):
        assert send_to_administrators() == 0
    assert send_to_administrators() == 1


def test_mails_to_administrators_keep_a_distance_and_go_to_each_address_once(
    channel: Channel, server: MailServer
) -> None:
    get_user_model().objects.create_superuser("root", "Root@example.org")
    now = timezone.now()
    create_notice(channel)
    with override_settings(ADMIN_ADDRESSES=["root@example.org", "ann@example.org"]):
        assert notice_mail.list_administrators() == ["root@example.org", "ann@example.org"]
        assert send_to_administrators(now) == 1
        pond = Channel.objects.create(network=channel.network, name="#pond")
        create_notice(pond)
        assert send_to_administrators(now + timedelta(minutes=9)) == 0
        assert send_to_administrators(now + timedelta(minutes=11)) == 1
    assert len(server.mails) == 2


def test_being_refused_everywhere_is_one_notice(channel: Channel, server: MailServer) -> None:
    for kind, about in ((NoticeKind.REFUSED, channel), (NoticeKind.NETWORK, None)):
        OwnerNotice.objects.create(network=channel.network, channel=about, kind=kind, text=f"a notice: {kind}")
    with override_settings(ADMIN_ADDRESSES=["root@example.org"]):
        assert send_to_administrators() == 1
    assert "a notice: network" in (text := server.next_message().get_content())
    assert "refused" not in text


@pytest.fixture
def silent_bot(channel: Channel) -> BotStatus:
    """A bot that reported last half an hour ago."""
    Network.objects.update(host="irc.example.org", wanted=True)
    at = timezone.now() - timedelta(minutes=31)
    return BotStatus.objects.create(network=channel.network, state=State.CONNECTED, since=at, updated_at=at)


def test_a_bot_that_does_not_run_is_told_once_by_one_process(silent_bot: BotStatus, server: MailServer) -> None:
    now = timezone.now()
    with override_settings(ADMIN_ADDRESSES=["root@example.org"]):
        assert not report_silent_bot(now - timedelta(minutes=2))
        with override_settings(EMAIL_PORT=1):
            assert not report_silent_bot(now), "the mail server does not answer"
        assert [report_silent_bot(now), report_silent_bot(now)] == [True, False]
        mail = server.next_message()
        assert mail["Subject"] == "[BotBot] the bot does not run"
        assert "The bot has reported nothing since 20" in mail.get_content()
        # The bot is back, and forgets it after a day.
        owner_notices.update_notices(now + timedelta(hours=1))
        assert not report_silent_bot(now)
        owner_notices.update_notices(now + timedelta(days=2))
        assert report_silent_bot(now)


def test_a_site_without_a_bot_is_told_nothing(silent_bot: BotStatus, server: MailServer) -> None:
    Network.objects.update(wanted=False)
    assert not report_silent_bot()
    BotStatus.objects.all().delete()
    Network.objects.update(wanted=True)
    assert not report_silent_bot()
    assert not OwnerNotice.objects.exists()
