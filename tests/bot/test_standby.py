"""Two bots on a server without history or message ids: together they lose and duplicate nothing."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from logs.models import Channel, Gap, Kind, Line, Network
from tests.ircd import Client, Ngircd
from tests.processes import Bot, wait_for

WORDS = ["yes", "no", "ok", "+1", "thanks"]


class Standby(Bot):
    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        super().__init__(folder, env)
        self.command.append("--standby")
        self.log = folder / "standby.log"


@pytest.fixture
def ircd(tmp_path: Path) -> Iterator[Ngircd]:
    with Ngircd(tmp_path) as server:
        yield server


@pytest.fixture
def garden(process_env: dict[str, str], ircd: Ngircd) -> Channel:
    network = Network.objects.create(name="local", host=ircd.host, port=ircd.port, tls=False)
    return Channel.objects.create(network=network, name="#garden", wanted=True)


@pytest.fixture
def standby(process_env: dict[str, str], tmp_path: Path) -> Iterator[Standby]:
    with Standby(tmp_path, process_env) as running:
        yield running
        print(running.output())


@pytest.fixture
def observer(ircd: Ngircd, garden: Channel, bot: Bot, standby: Standby) -> Iterator[Client]:
    """A client in the channel with both bots."""
    with Client(ircd.host, ircd.port, "witness") as client:
        client.join("#garden")
        wait_for_bot(client, "botbot")
        wait_for_bot(client, "botbot-2")
        wait_for(lambda: "this bot is the leader" in bot.output(), 10, "the first is in charge")
        yield client


def wait_for_bot(client: Client, nick: str, channel: str = "#garden") -> None:
    def is_joined() -> bool:
        client.send(f"NAMES {channel}")
        names = client.read_until(" 353 ").rpartition(":")[2].replace("@", "").split()
        return nick in names

    wait_for(is_joined, 20, f"{nick} has joined")


def texts(channel: Channel) -> list[str]:
    lines = Line.objects.filter(channel=channel, kind=Kind.MESSAGE).order_by("at", "id")
    return list(lines.values_list("text", flat=True))


def received_texts(observer: Client) -> list[str]:
    return [line.partition(" PRIVMSG #garden :")[2] for line in observer.lines if " PRIVMSG #garden :" in line]


def assert_complete(channel: Channel, sent: list[str]) -> None:
    wait_for(lambda: len(texts(channel)) >= len(sent), 20, "all lines are stored")
    gevent.sleep(3)  # in which a double would come
    assert Counter(texts(channel)) == Counter(sent)


def test_a_standby_stores_nothing_while_the_leader_records(garden: Channel, observer: Client, ircd: Ngircd) -> None:
    with Client(ircd.host, ircd.port, "ann") as ann:
        ann.join("#garden")
        for _ in range(40):
            ann.say("#garden", random.choice(WORDS))
            gevent.sleep(0.1)
        ann.settle()
    observer.settle()
    assert_complete(garden, received_texts(observer))


def test_both_are_killed_in_turn_and_nothing_is_missing(
    garden: Channel, bot: Bot, standby: Standby, observer: Client, ircd: Ngircd
) -> None:
    def speak(client: Client) -> None:
        while True:
            client.say("#garden", random.choice(WORDS))
            gevent.sleep(random.uniform(0.02, 0.15))

    clients = [Client(ircd.host, ircd.port, f"ann{number}") for number in range(3)]
    for client in clients:
        client.join("#garden")
    speakers = [gevent.spawn(speak, client) for client in clients]
    for killed, nick, other in ((bot, "botbot", "botbot-2"), (standby, "botbot-2", "botbot")) * 2:
        gevent.sleep(3)
        killed.kill()
        gevent.sleep(2)
        killed.start()
        wait_for_bot(observer, nick)
        wait_for_bot(observer, other)
        gevent.sleep(3)
    gevent.killall(speakers)
    for client in clients:
        client.settle()
        client.close()
    observer.settle()
    assert_complete(garden, received_texts(observer))
    assert not Gap.objects.filter(channel=garden).exists()


def test_lines_said_while_the_leader_is_away_appear_soon(
    garden: Channel, bot: Bot, observer: Client, ircd: Ngircd
) -> None:
    bot.kill()
    with Client(ircd.host, ircd.port, "ann") as ann:
        ann.join("#garden")
        ann.say("#garden", "anybody here?")
        wait_for(lambda: "anybody here?" in texts(garden), 30, "the second bot stores it")


def test_networks_are_shared_out_and_one_moves_when_its_bot_dies(
    process_env: dict[str, str], tmp_path: Path, ircd: Ngircd, garden: Channel
) -> None:
    """A bot for each network, on hosts of their own, and a standby of both."""
    other = Network.objects.create(name="other", host=ircd.host, port=ircd.port, tls=False, nick="second")
    pond = Channel.objects.create(network=other, name="#pond", wanted=True)
    folders = [tmp_path / name for name in ("one", "two", "three")]
    for folder in folders:
        folder.mkdir()
    first, second = (Bot(folder, process_env) for folder in folders[:2])
    first.command += ["--networks", "local"]
    second.command += ["--networks", "other"]
    standby = Standby(folders[2], process_env)
    with first, second, standby, Client(ircd.host, ircd.port, "witness") as witness:
        for name, nicks in (("#garden", ("botbot", "botbot-2")), ("#pond", ("second", "second-2"))):
            witness.join(name)
            for nick in nicks:
                wait_for_bot(witness, nick, name)
        for bot in (first, second):
            wait_for(lambda bot=bot: "this bot is the leader" in bot.output(), 10, "each has its network")
        wait_for(lambda: "this bot is the standby" in standby.output(), 10)
        with Client(ircd.host, ircd.port, "ann") as ann:
            sent: dict[str, list[str]] = {"#garden": [], "#pond": []}
            for name in sent:
                ann.join(name)
            for number in range(60):
                if number == 20:
                    first.kill()
                for name, said in sent.items():
                    said.append(random.choice(WORDS))
                    ann.say(name, said[-1])
                gevent.sleep(0.1)
            ann.settle()
            wait_for(lambda: "this bot stores the lines of 1 of 2 networks" in standby.output(), 30, "one has moved")
            first.start()
            wait_for_bot(witness, "botbot")
        for channel in (garden, pond):
            assert_complete(channel, sent[channel.name])
            assert not Gap.objects.filter(channel=channel).exists()
        assert "this bot is the standby" in first.output()
        assert second.output().count("this bot is the leader") == 1
