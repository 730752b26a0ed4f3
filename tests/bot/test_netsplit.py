"""Netsplits of two linked servers: quits, joins afterwards, and the members in the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from logs.models import BotStatus, Channel, Kind, Line, Network
from logs.models.bot_status import State
from tests.ircd import Client, Ngircd
from tests.processes import Bot, wait_for

pytestmark = pytest.mark.ircd

FIRST_NAME, SECOND_NAME = "here.example.org", "there.example.org"
QUIT_OR_JOIN = (Kind.QUIT, Kind.JOIN)


@pytest.fixture
def first_server(tmp_path: Path) -> Iterator[Ngircd]:
    """The bot's server, to which the other one can link."""
    (tmp_path / "here").mkdir()
    with Ngircd(tmp_path / "here", FIRST_NAME, [SECOND_NAME]) as server:
        yield server


@pytest.fixture
def second_server(tmp_path: Path, first_server: Ngircd) -> Iterator[Ngircd]:
    (tmp_path / "there").mkdir()
    with Ngircd(tmp_path / "there", SECOND_NAME, [first_server]) as server:
        yield server


@pytest.fixture
def operator(first_server: Ngircd, second_server: Ngircd) -> Iterator[Client]:
    """An operator who has linked the servers."""
    with second_server.client("operator") as client:
        client.oper()
        link(client)
        yield client


@pytest.fixture
def channels(process_env: dict[str, str], first_server: Ngircd) -> dict[str, Channel]:
    network = Network.objects.create(name="local", host=first_server.host, port=first_server.port, tls=False)
    return {
        name: Channel.objects.create(network=network, name=name, wanted=True) for name in ("#garden", "#shed", "#pond")
    }


def link(operator: Client) -> None:
    operator.send(f"CONNECT {FIRST_NAME}")

    def linked() -> bool:
        operator.send("LINKS")
        seen = len(operator.lines)
        operator.read_until(" 365 ")
        return any(f" 364 operator {FIRST_NAME} " in line for line in operator.lines[seen:])

    wait_for(linked, 20, "the servers are linked")


def split(operator: Client) -> None:
    operator.send(f"DISCONNECT {FIRST_NAME}")


def fetch_lines(channel: Channel, *kinds: Kind) -> list[tuple[int, str]]:
    lines = Line.objects.filter(channel=channel, kind__in=kinds).order_by("id")
    return list(lines.values_list("kind", "nick"))


def wait_until(channel: Channel, nick: str, kind: Kind, times: int = 1) -> None:
    lines = Line.objects.filter(channel=channel, nick=nick, kind=kind)
    wait_for(lambda: lines.count() == times, 20, f"{nick}: {kind.label}, {times} times in {channel.name}")


def test_a_netsplit_is_logged_in_the_channels_of_its_nicks(
    first_server: Ngircd, second_server: Ngircd, operator: Client, channels: dict[str, Channel], bot: Bot
) -> None:
    garden, shed, pond = channels.values()
    joined = BotStatus.objects.filter(channel__in=channels.values(), state=State.JOINED)
    wait_for(lambda: joined.count() == 3, 20, "the bot is in the channels")
    with (
        first_server.client("ann") as ann,
        second_server.client("bob") as bob,
        second_server.client("cyd") as cyd,
        second_server.client("dan") as dan,
    ):
        for person, names in ((ann, "#garden,#shed"), (bob, "#garden"), (cyd, "#shed"), (dan, "#garden,#shed")):
            person.join(names)
        for channel, nick in ((garden, "ann"), (garden, "bob"), (shed, "cyd"), (shed, "dan")):
            wait_until(channel, nick, Kind.JOIN)

        split(operator)
        wait_until(garden, "bob", Kind.QUIT)
        wait_until(shed, "dan", Kind.QUIT)
        assert sorted(fetch_lines(garden, Kind.QUIT)) == [(Kind.QUIT, "bob"), (Kind.QUIT, "dan")]
        assert sorted(fetch_lines(shed, Kind.QUIT)) == [(Kind.QUIT, "cyd"), (Kind.QUIT, "dan")]
        dan.part("#garden", "while nobody here could hear it")
        cyd.rename("cyn")

        link(operator)
        wait_until(garden, "bob", Kind.JOIN, 2)
        wait_until(shed, "cyn", Kind.JOIN)
        wait_until(shed, "dan", Kind.JOIN, 2)
        ann.say("#garden", "together again")
        dan.quit("dan has gone")
        bob.rename("bobby")
        bob.quit("bobby has gone")
        cyd.quit("cyn has gone")
        wait_until(shed, "cyn", Kind.QUIT)
        wait_until(garden, "bobby", Kind.QUIT)
        wait_until(shed, "dan", Kind.QUIT, 2)
    assert fetch_lines(garden, *QUIT_OR_JOIN, Kind.NICK)[-3:] == [
        (Kind.JOIN, "bob"),
        (Kind.NICK, "bob"),
        (Kind.QUIT, "bobby"),
    ]
    assert fetch_lines(garden, Kind.QUIT).count((Kind.QUIT, "dan")) == 1
    assert (Kind.QUIT, "bobby") not in fetch_lines(shed, Kind.QUIT)
    assert fetch_lines(pond, Kind.QUIT, Kind.PART, Kind.NICK) == []
    reasons = Line.objects.filter(kind=Kind.QUIT, nick="bob").values_list("text", flat=True)
    assert all(FIRST_NAME in reason or SECOND_NAME in reason for reason in reasons)


def test_the_users_of_a_killed_server_quit(
    first_server: Ngircd, second_server: Ngircd, operator: Client, channels: dict[str, Channel], bot: Bot
) -> None:
    garden = channels["#garden"]
    wait_for(BotStatus.objects.filter(channel=garden, state=State.JOINED).exists, 20, "the bot is in the channel")
    with first_server.client("ann") as ann, second_server.client("bob") as bob:
        ann.join("#garden")
        bob.join("#garden")
        wait_until(garden, "bob", Kind.JOIN)
        second_server.kill()
        wait_until(garden, "bob", Kind.QUIT)
        ann.say("#garden", "where are they?")
        wait_for(Line.objects.filter(channel=garden, text="where are they?").exists, 10, "the bot goes on")
        assert not garden.gaps.exists()
