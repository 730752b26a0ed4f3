"""What people said before they logged in is theirs, as long as it was certainly the same connection."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from bot.irc.isupport import Isupport
from bot.members import Logins, Members
from logs import privacy
from logs.ingest.entry import Entry, LoggedIn, decode, encode
from logs.models import Channel, Kind, Line
from logs.privacy import Speaker
from tests.bot.conftest import wait_until_stored
from tests.bot.identity.test_accounts import joined
from tests.bot.server import Server
from tests.conftest import Say
from tests.processes import Bot, wait_for

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINE = Entry(7, NOW, Kind.MESSAGE, "Ann", "hi")


@pytest.fixture
def members() -> Members:
    members = Members(Isupport())
    members.open_channel("#garden")
    members.add("#garden", "ann")
    return members


@pytest.fixture
def logins(members: Members) -> Logins:
    return Logins(Isupport(), members)


def test_lines_before_a_login_become_the_accounts(logins: Logins) -> None:
    later = NOW + timedelta(minutes=1)
    logins.handle_recorded(LINE)
    logins.handle_recorded(replace(LINE, at=later))
    logins.handle_recorded(replace(LINE, channel=8))
    expected = [LoggedIn(7, NOW, later, ["Ann"], "annie"), LoggedIn(8, NOW, NOW, ["Ann"], "annie")]
    assert logins.handle_account("ann", "annie") == expected
    assert logins.handle_account("ann", "annie") == []
    assert decode(encode(expected[0])) == expected[0]


def test_the_first_line_with_an_account_is_a_login_too(logins: Logins) -> None:
    logins.handle_recorded(LINE)
    assert logins.handle_recorded(replace(LINE, account="annie")) == [LoggedIn(7, NOW, NOW, ["Ann"], "annie")]


def test_a_change_of_nick_is_the_same_connection(logins: Logins, members: Members) -> None:
    logins.handle_recorded(LINE)
    members.rename("ann", "ann2")
    logins.rename("ann", "ann2")
    logins.handle_recorded(replace(LINE, nick="ann2"))
    assert logins.handle_account("ann2", "annie") == [LoggedIn(7, NOW, NOW, ["Ann", "ann2"], "annie")]


@pytest.mark.parametrize("account", ["*", "", "0"])
def test_a_logout_claims_nothing_and_what_was_said_before_it_is_no_later_accounts(logins: Logins, account: str) -> None:
    logins.handle_recorded(LINE)
    assert logins.handle_account("ann", account) == []
    assert logins.handle_account("ann", "mallory") == []


def test_whoever_comes_back_may_be_another_person(logins: Logins, members: Members) -> None:
    logins.handle_recorded(LINE)
    members.remove_everywhere("ann")
    logins.forget_if_gone("ann")
    members.add("#garden", "ann")
    assert logins.handle_account("ann", "mallory") == []


def test_after_our_own_absence_nobody_counts_as_the_same(logins: Logins, members: Members) -> None:
    logins.handle_recorded(LINE)
    members.close_channel("#garden")
    logins.forget_gone()
    members.open_channel("#garden")
    members.add("#garden", "ann")
    assert logins.handle_account("ann", "mallory") == []


def test_somebody_outside_our_channels_claims_nothing(logins: Logins) -> None:
    logins.handle_recorded(replace(LINE, nick="bob"))
    assert logins.handle_account("bob", "robert") == []


@pytest.mark.parametrize("capabilities", ["account-notify", "account-notify account-tag"])
def test_a_login_that_the_bot_sees_gives_earlier_lines_to_the_account(
    garden: Channel, server: Server, bot: Bot, capabilities: str
) -> None:
    connection = joined(server, capabilities=capabilities)
    connection.send(":eve!u@h PRIVMSG #garden :of somebody else", ":ann!u@h PRIVMSG #garden :before")
    connection.send(":ann!u@h ACCOUNT Ann")
    tag = "@account=Ann " if "tag" in capabilities else ""
    connection.send(f"{tag}:ann!u@h PRIVMSG #garden :after")
    wait_until_stored(garden, "after")
    wait_for(Line.objects.filter(text="before", account="Ann").exists, 10)
    assert Line.objects.get(text="of somebody else").account is None
    assert Line.objects.get(text="after").account == "Ann"


@pytest.mark.parametrize("leaving", [":ann!u@h QUIT :bye", ":ann!u@h PART #garden"])
def test_a_login_gives_no_lines_of_an_earlier_connection(
    garden: Channel, server: Server, bot: Bot, leaving: str
) -> None:
    connection = joined(server, capabilities="account-notify")
    connection.send(":ann!u@h PRIVMSG #garden :of the earlier one", leaving, ":ann!u@h JOIN #garden")
    connection.send(":ann!u@h ACCOUNT mallory", ":ann!u@h PRIVMSG #garden :after")
    wait_until_stored(garden, "after")
    assert Line.objects.get(text="of the earlier one").account is None


@pytest.mark.django_db
class TestAttributedLines:
    """Lines that became an account's by its login."""

    @staticmethod
    def attribute(channel: Channel, say: Say) -> None:
        now = timezone.now()
        say(channel, "bob", "not mine", at=now)
        say(channel, "ann", "too early", at=now - timedelta(hours=1))
        say(channel, "ann", "before", at=now)
        say(channel, "ann", "of a guest", at=now, account="guest")
        privacy.attribute_lines(channel, "Ann", ["ann"], now - timedelta(minutes=1), now)

    @staticmethod
    def texts(channel: Channel, **more: object) -> list[str]:
        return sorted(Line.objects.filter(channel=channel, **more).exclude(text="").values_list("text", flat=True))

    def test_they_are_erased_with_the_account(self, channel: Channel, say: Say) -> None:
        self.attribute(channel, say)
        assert privacy.erase(channel.network, Speaker("ann"), "ann") == 1
        assert self.texts(channel) == ["not mine", "of a guest", "too early"]

    def test_they_get_the_pseudonym_of_an_anonymised_account(self, channel: Channel, say: Say) -> None:
        privacy.anonymise(channel.network, Speaker("ann"), "ann")
        self.attribute(channel, say)
        line = Line.objects.get(text="before")
        assert line.nick.startswith("anon-")
        assert line.account is None
        assert self.texts(channel, nick="ann") == ["of a guest", "too early"]

    def test_they_are_removed_where_the_account_opted_out(self, channel: Channel, say: Say) -> None:
        privacy.opt_out(channel.network, Speaker("ann"), "ann")
        self.attribute(channel, say)
        assert self.texts(channel) == ["not mine", "of a guest", "too early"]
