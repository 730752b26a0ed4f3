"""The wanted networks and channels: read when they have changed, and copied to disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pytest_django

from bot import desired_state
from bot.desired_state import SettingsReader, WantedChannel, WantedNetwork
from logs.models import Channel, Network, OptOut

NETWORK = WantedNetwork(
    *(1, "libera", "irc.libera.chat", 6697, True, "botbot", "botbot", "a logger", "server password"),
    account="botbot",
    account_password="account password",
)


@pytest.fixture
def _permissive_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_permissive_umask")
@pytest.mark.parametrize("name", ["", "wanted.json", "wanted.json.new"], ids=["none", "copy", "interrupted"])
@pytest.mark.parametrize("mode", [0o644, 0o666])
def test_only_the_owner_may_read_the_copy_with_passwords(tmp_path: Path, name: str, mode: int) -> None:
    """Whatever the umask, and whatever the mode of a file that an earlier save left behind."""
    if name:
        (tmp_path / name).write_text("[]")
        (tmp_path / name).chmod(mode)
    path = tmp_path / "wanted.json"
    desired_state.save(path, [NETWORK])
    assert path.stat().st_mode & 0o777 == 0o600
    assert desired_state.load(path) == [NETWORK]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.django_db(transaction=True)
def test_an_unchanged_row_is_not_read_again_and_every_change_is_noticed(
    channel: Channel, django_assert_num_queries: pytest_django.DjangoAssertNumQueries
) -> None:
    Network.objects.update(host="irc.example.org")
    Channel.objects.update(wanted=True)
    other = Channel.objects.create(network=channel.network, name="#other", wanted=True)
    reader = SettingsReader()
    ((before, _),) = [network.channels for network in reader.read()]
    networks = reader.read()
    with django_assert_num_queries(1):
        assert reader.read() is networks
    changes: list[tuple[Callable[[], object], Callable[[WantedNetwork], object]]] = [
        (lambda: Channel.objects.filter(pk=other.pk).update(off_record="[x] [y]"), lambda n: n.channels[1].off_record),
        (lambda: Channel.objects.filter(pk=other.pk).update(wanted=False), lambda n: len(n.channels)),
        (lambda: Channel.objects.filter(pk=other.pk).update(wanted=True), lambda n: len(n.channels)),
        (lambda: Channel.objects.filter(pk=other.pk).update(stopped="banned"), lambda n: len(n.channels)),
        (lambda: OptOut.objects.create(network=channel.network, nick="ann"), lambda n: n.opted_out),
        (lambda: OptOut.objects.all().delete(), lambda n: n.opted_out),
        (lambda: Network.objects.update(nick="other"), lambda n: n.nick),
    ]
    for change, look in changes:
        (old,) = reader.read()
        change()
        (new,) = reader.read()
        assert look(new) != look(old)
        assert new.channels[0] is before, "what has not changed is the same object"
    Network.objects.update(wanted=False)
    assert reader.read() == []


@pytest.mark.django_db(transaction=True)
def test_settings_are_those_of_the_rows(channel: Channel) -> None:
    Network.objects.update(host="irc.example.org", mechanisms="PLAIN, EXTERNAL", scrubs=3)
    values = {"wanted": True, "key": "k", "off_record": "[x]", "keeps_joins": False, "keeps_restricted": True}
    Channel.objects.update(**values, paused=True, opted_out="nothing", answers="channel", announcement="hear")
    (network,) = SettingsReader().read()
    assert (network.host, network.mechanisms, network.scrubs) == ("irc.example.org", ("PLAIN", "EXTERNAL"), 3)
    expected = WantedChannel(channel.pk, channel.name, "k", ("[x]",), False, True, True, "nothing", "channel", "hear")
    assert network.channels == (expected,)
    assert expected.paused
    assert expected.keeps_restricted
