"""A channel that its server renames: the log goes on, and its old address leads to the new one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from bot.desired_state import WantedChannel
from logs.models import Channel, FormerName, Kind, Network
from logs.models.bot_status import State
from logs.models.former_name import rename_channel
from tests.bot.in_process import LocalSession, StartLocal
from tests.bot.test_fuzz import NETWORK, WELCOME

PART = ":botbot!b@h PART #c"
JOIN = ":botbot!b@h JOIN #d"


@pytest.fixture
def local(start_local: StartLocal, monkeypatch: pytest.MonkeyPatch) -> LocalSession:
    local = start_local()
    monkeypatch.setattr(local.session.handlers._parts.renames, "_may_act", lambda: False)
    local.receive(*WELCOME)
    local.read_sent()
    return local


@pytest.mark.parametrize(
    ("lines", "nick", "why"),
    [
        ([":ann!a@h RENAME #c #d :better"], "ann", ": better"),
        (["RENAME #c #d"], "irc.example.org", ""),
        ([PART, JOIN], "irc.example.org", ""),
        ([f"{PART} :Channel renamed: better", JOIN], "irc.example.org", ": Channel renamed: better"),
        ([f"{PART} :Changing channel name", JOIN], "irc.example.org", ": Changing channel name"),
        ([f"{PART} :moved to #d", JOIN], "irc.example.org", ": moved to #d"),
    ],
)
def test_the_log_goes_on_under_the_new_name(local: LocalSession, lines: list[str], nick: str, why: str) -> None:
    local.receive(*lines, ":bob!b@h PRIVMSG #d :here", ":bob!b@h PRIVMSG #c :not here")
    assert local.journaled_messages() == [(nick, f"The channel #c is called #d now{why}"), ("bob", "here")]
    assert local.reports[1] == (State.JOINED, "")
    # Settings that still have the old name change nothing.
    local.session.update(NETWORK)
    local.session.update(replace(NETWORK, channels=(WantedChannel(1, "#d"),)))
    assert [line for line in local.read_sent() if line.startswith(("PART", "JOIN"))] == []
    if "RENAME" in lines[0]:
        local.receive(":ann!a@h QUIT :gone")
        assert local.entries()[-1].kind == Kind.QUIT


def test_a_channel_that_is_renamed_again_and_back_is_followed(local: LocalSession) -> None:
    for name in ("#d", "#e", "#E", "#c"):
        channel = local.session.channels._wanted.popitem()[1]
        local.session.channels._wanted[channel.name.lower()] = channel
        local.receive(f":ann!a@h RENAME {channel.name} {name}", f":ann!a@h PRIVMSG {name} :{name}")
        # As long as the settings have the first name.
        local.session.update(NETWORK)
        assert local.journaled_messages()[-1] == ("ann", name)
    assert [line for line in local.read_sent() if line.startswith(("PART", "JOIN"))] == []


@pytest.mark.parametrize("is_joined", [True, False])
def test_a_channel_that_gets_the_name_of_another_log_goes_on_there(local: LocalSession, is_joined: bool) -> None:
    local.session.update(replace(NETWORK, channels=(WantedChannel(1, "#c"), WantedChannel(2, "#d"))))
    if is_joined:
        local.receive(JOIN, ":s 353 botbot = #d :botbot dan", ":s 366 botbot #d :End")
    local.receive(":eve!e@h JOIN #c", ":eve!e@h RENAME #c #D", ":eve!e@h PRIVMSG #d :here")
    local.receive(":eve!e@h QUIT :gone", ":dan!d@h QUIT :gone")
    assert [line.nick for line in local.entries(2)] == ["eve", "eve"] + ["dan"] * is_joined
    assert [line.kind for line in local.entries(1)] == [Kind.JOIN]


def test_a_join_of_another_log_ends_what_may_be_a_renaming(local: LocalSession) -> None:
    local.session.update(replace(NETWORK, channels=(WantedChannel(1, "#c"), WantedChannel(2, "#d"))))
    local.read_sent()
    local.receive(PART, JOIN, ":botbot!b@h JOIN #lobby")
    assert local.read_sent("PART") == ["PART #lobby not wanted here"]
    assert local.journaled_messages() == []


@pytest.mark.parametrize(
    "lines",
    [[f"{PART} :Off with you", JOIN], [JOIN], [":botbot!b@h PART #x", JOIN], ["RENAME #x #d", JOIN], ["RENAME #c d"]],
)
def test_being_moved_elsewhere_is_no_renaming(local: LocalSession, lines: list[str]) -> None:
    local.receive(*lines, ":bob!b@h PRIVMSG #d :secret")
    assert local.journaled_messages() == []
    assert local.read_sent("PART") == ["PART #d not wanted here"] * (JOIN in lines)


def test_a_join_long_after_the_part_is_no_renaming(local: LocalSession, monkeypatch: pytest.MonkeyPatch) -> None:
    local.receive(PART)
    monkeypatch.setattr("bot.renames.SILENT_SECONDS", -1.0)
    local.receive(JOIN)
    assert local.read_sent("PART") == ["PART #d not wanted here"]


@pytest.mark.django_db
def test_the_old_address_leads_to_the_new_one(network: Network, channel: Channel, client: Client) -> None:
    old = channel.get_absolute_url()
    assert rename_channel(channel.pk, "#pond")
    channel.refresh_from_db()
    assert (channel.name, channel.folded) == ("#pond", "#pond")
    response = client.get(f"{old}2026-01-02/?x=1")
    assert (response.status_code, response["Location"]) == (302, f"{channel.get_absolute_url()}2026-01-02/?x=1")
    Channel.objects.filter(pk=channel.pk).update(hidden=True)
    assert client.get(old).status_code == 404


@pytest.mark.django_db
def test_a_name_of_another_log_is_not_taken(network: Network, channel: Channel) -> None:
    other = Channel.objects.create(network=network, name="#pond")
    assert not rename_channel(channel.pk, "#Pond")
    assert rename_channel(other.pk, "#lake")
    assert rename_channel(channel.pk, "#pond")
    assert rename_channel(channel.pk, "#garden-again")
    assert FormerName.objects.get(folded="#pond").channel_id == channel.pk
