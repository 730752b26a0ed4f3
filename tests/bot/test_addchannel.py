"""`manage.py addchannel`: adds a channel of a network in one command."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from logs.accounts import ownership
from logs.models import Act, Channel, Network

pytestmark = pytest.mark.django_db


def add(*arguments: str) -> str:
    out = StringIO()
    call_command("addchannel", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("address", "name", "server", "channel"),
    [
        ("irc.libera.chat/#python", "libera", ("irc.libera.chat", 6697, True), "#python"),
        ("irc.libera.chat/python", "libera", ("irc.libera.chat", 6697, True), "#python"),
        ("ircs://irc.oftc.net:9999/##c", "oftc", ("irc.oftc.net", 9999, True), "##c"),
        ("irc://127.0.0.1:6667/#c", "127.0.0.1", ("127.0.0.1", 6667, False), "#c"),
        ("irc://localhost/&local", "localhost", ("localhost", 6667, False), "&local"),
        ("IRC.Example.ORG/#C", "example", ("irc.example.org", 6697, True), "#C"),
    ],
)
def test_an_address_names_network_and_channel(
    address: str, name: str, server: tuple[str, int, bool], channel: str
) -> None:
    add(address)
    found = Channel.objects.get()
    assert (found.name, found.wanted) == (channel, True)
    network = found.network
    assert (network.name, (network.host, network.port, network.tls)) == (name, server)


@pytest.mark.parametrize("address", ["", "irc.libera.chat", "#python", "irc.libera.chat/", "http://a/#b", "a:x/#c"])
def test_an_invalid_address_is_reported(address: str) -> None:
    with pytest.raises(CommandError, match="Write the address as"):
        add(address)
    assert not Network.objects.exists()


def test_an_invalid_channel_name_changes_nothing() -> None:
    with pytest.raises(CommandError, match="A channel starts with"):
        add("irc.libera.chat/#a,b")
    assert not Network.objects.exists()


def test_a_second_channel_leaves_the_network_as_it_is() -> None:
    add("irc.libera.chat/#a", "--nick", "logger", "--account", "ann", "--account-password", "sesame")
    output = add("irc.libera.chat/#b")
    network = Network.objects.get()
    assert (network.nick, network.account, network.account_password) == ("logger", "ann", "sesame")
    assert [channel.name for channel in Channel.objects.all()] == ["#a", "#b"]
    assert "as logger" in output
    assert "/libera/b/" in output


def test_another_host_needs_an_option() -> None:
    add("irc.libera.chat/#a")
    with pytest.raises(CommandError, match="--move"):
        add("irc.libera.example/#a")
    add("irc.libera.example/#a", "--move")
    assert Network.objects.get().host == "irc.libera.example"


def test_the_encoding_must_be_one_of_text_on_irc() -> None:
    add("irc.example.org/#a", "--encoding", "KOI8-R")
    assert Network.objects.get().encoding == "KOI8-R"
    for name in ("klingon", "utf-16", "cp037", "rot13"):
        with pytest.raises(CommandError, match=r"There is no text encoding|IRC cannot be written"):
            add("irc.example.org/#a", "--encoding", name)


def test_a_certificate_may_be_pinned_and_an_account_optional() -> None:
    pin = "AB:" * 31 + "AB"
    add("irc.example.org/#a", "--fingerprint", pin, "--account-optional", "--mechanisms", "SCRAM-SHA-256,PLAIN")
    network = Network.objects.get()
    assert network.fingerprints == pin
    assert not network.account_required
    with pytest.raises(CommandError, match="64 hexadecimal digits"):
        add("irc.example.org/#a", "--fingerprint", "abc")


def test_a_new_log_is_closed_until_the_topic_announces_it() -> None:
    output = add("irc.libera.chat/#a")
    channel = Channel.objects.get()
    assert channel.audience.startswith("owners")
    assert ownership.notice_text(channel) in output
    ownership.set_topic(channel.pk, ownership.notice_text(channel))
    assert Channel.objects.get().audience == "public"


def test_opening_a_log_at_once_needs_a_reason_that_the_audit_log_keeps() -> None:
    with pytest.raises(CommandError):
        add("irc.libera.chat/#a", "--public")
    for _ in range(2):
        add("irc.libera.chat/#a", "--public", "the operators have agreed")
    assert Channel.objects.get().audience == "public"
    assert [(act.by, act.what) for act in Act.objects.all()] == [
        ("addchannel", "approved without a notice: the operators have agreed")
    ]


def test_adding_a_channel_again_neither_opens_nor_closes_its_log() -> None:
    add("irc.libera.chat/#a", "--public", "the operators have agreed")
    add("irc.libera.chat/#a")
    assert Channel.objects.get().audience == "public"
    Channel.objects.update(notice="missing")
    add("irc.libera.chat/#a")
    assert Channel.objects.get().audience.startswith("owners")
