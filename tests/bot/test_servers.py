"""The bot on every kind of server: the log contains what a second client received, or shows a gap."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from botbot.embedded.postgres_server import Postgres
from logs.models import Kind
from logs.models.bot_status import State
from tests.debian import Hybrid, Irc2
from tests.garden import Garden, assert_nothing_is_lost_or_doubled, heard, own_postgres, talk, told
from tests.ircd import Client, Inspircd, Ircd, Ngircd
from tests.processes import Bot, ImpatientBot, wait_for

pytestmark = pytest.mark.ircd

DONE_BY_PEOPLE = set(Kind) - {Kind.REMOVED, Kind.UNLOGGED}
CONTROLS = "\x02bold\x02 \x0304,01red\x0f \x1d\x1f\x16 \xa0\u2028"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with own_postgres() as server:
        yield server


@pytest.fixture(params=[Ngircd, Inspircd, Hybrid, Irc2], ids=lambda server: server.__name__)
def ircd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ircd]:
    with request.param(tmp_path) as server:
        yield server


@pytest.fixture
def bot_class() -> type[Bot]:
    return Bot


@pytest.fixture
def witness(ircd: Ircd) -> Iterator[Client]:
    """The first client in the channel, and so its operator."""
    with ircd.client("witness") as client:
        client.join(ircd.channel)
        yield client


@pytest.fixture
def garden(tmp_path: Path, postgres: Postgres, ircd: Ircd, witness: Client, bot_class: type[Bot]) -> Iterator[Garden]:
    """The bot is in the channel with the witness."""
    garden = Garden(tmp_path, ircd, postgres, bot_class)
    try:
        with garden.bot:
            witness.read_until(" JOIN ", 20)
            wait_until_joined(garden)
            yield garden
    finally:
        print(garden.bot.output())  # pytest shows it when the test fails
        garden.empty()


def wait_until_joined(garden: Garden) -> None:
    wait_for(lambda: garden.state() == State.JOINED, 20, "the bot is in the channel")


def log_once_it_ends_with(garden: Garden, text: str) -> list[object]:
    wait_for(lambda: any(line.text == text for line in garden.log()), 10, f"{text!r} is stored")
    return list(garden.log())


def test_everything_done_in_a_channel_is_stored(ircd: Ircd, garden: Garden, witness: Client) -> None:
    channel = ircd.channel
    with ircd.client("ann") as ann, ircd.client("bob") as bob:
        ann.join(channel)
        witness.mode(channel, "+o ann")
        bob.join(channel)
        ann.say(channel, f"hello, café ☕ {CONTROLS}")
        ann.say(channel, " : leading blank and colon ")
        ann.action(channel, "waters the roses")
        bob.read_until("waters the roses")
        bob.notice(channel, "the gate is open")
        ann.read_until("the gate is open")
        ann.mode(channel, "+o-o+v bob bob bob")
        ann.topic(channel, "Roses | https://example.org/")
        bob.read_until(" TOPIC ")
        bob.rename("bobby")
        ann.kick(channel, "bobby", "mind the roses")
        bob.read_until(" KICK ")
        bob.join(channel)
        bob.part(channel, "to the shed")
        bob.join(channel)
        bob.quit("good night")
        ann.say(channel, "the end")
        witness.read_until("the end")
    log = log_once_it_ends_with(garden, "the end")
    assert log == told(witness, channel, ":botbot!")[: len(log)]
    assert {line.kind for line in garden.log()} == DONE_BY_PEOPLE


def test_nine_hundred_lines_in_two_seconds(ircd: Ircd, garden: Garden, witness: Client) -> None:
    speakers = [ircd.client(f"speaker{number}") for number in range(3)]
    for speaker in speakers:
        speaker.join(ircd.channel)

    def speak(client: Client) -> None:
        for number in range(300):
            client.say(ircd.channel, f"{client.nick} {number}")
            gevent.sleep(2 / 400)
        client.settle()

    gevent.joinall([gevent.spawn(speak, speaker) for speaker in speakers], raise_error=True)
    witness.settle()
    said = heard(witness, ircd.channel)
    assert len(said) == 900
    log = log_once_it_ends_with(garden, said[-1])
    assert log == told(witness, ircd.channel, ":botbot!")
    for speaker in speakers:
        speaker.close()


@pytest.mark.parametrize("bot_class", [ImpatientBot])
def test_a_server_that_is_killed_and_comes_back(ircd: Ircd, garden: Garden, witness: Client) -> None:
    witness.say(ircd.channel, "before")
    log_once_it_ends_with(garden, "before")
    ircd.kill()
    wait_for(lambda: garden.state() == State.WAITING, 10, "the bot has noticed")
    ircd.start()
    with ircd.client("ann") as ann:
        ann.join(ircd.channel)
        wait_until_joined(garden)
        ann.say(ircd.channel, "after")
        log_once_it_ends_with(garden, "after")
    assert [text for _, text in garden.lines()] == ["before", "after"]
    ((before, _), (after, _)), ((from_at, to_at),) = garden.lines(), garden.gaps()
    assert before <= from_at < to_at <= after


@pytest.mark.parametrize("bot_class", [ImpatientBot])
def test_a_server_that_is_silent_for_a_while(ircd: Ircd, garden: Garden, witness: Client) -> None:
    with ircd.client("ann") as ann:
        ann.join(ircd.channel)
        ann.say(ircd.channel, "before")
        log_once_it_ends_with(garden, "before")
        ircd.pause()
        ann.say(ircd.channel, "meanwhile")
        wait_for(lambda: garden.state() == State.WAITING, 10, "the bot has noticed")
        ircd.resume()
        witness.read_until("meanwhile")
        wait_until_joined(garden)
        ann.say(ircd.channel, "after")
        log_once_it_ends_with(garden, "after")
        ((before, _), *_, (after, _)), ((from_at, to_at),) = garden.lines(), garden.gaps()
        assert before <= from_at < to_at <= after
        assert [text for _, text in garden.lines()] == ["before", "after"]


def test_a_bot_that_is_killed_again_and_again(ircd: Ircd, garden: Garden, witness: Client) -> None:
    keeps = isinstance(ircd, Inspircd)
    if keeps:
        witness.mode(ircd.channel, "+H 2000:3600")
    with talk(ircd, pause=1 / 30) as speakers:
        for _ in range(3):
            garden.wait_until_recording(speakers)
            time.sleep(1)
            garden.kill_bot()
            garden.bot.start()
        garden.wait_until_recording(speakers)
        wait_for(lambda: len(heard(speakers, ircd.channel)) >= 1500, 20, "enough lines were received")
    assert_nothing_is_lost_or_doubled(garden, heard(speakers, ircd.channel), silences=0 if keeps else None)
    if keeps:
        assert garden.gaps() == []


def test_a_database_that_is_away_for_some_seconds(ircd: Ircd, garden: Garden, witness: Client) -> None:
    with talk(ircd) as speakers:
        garden.wait_until_recording(speakers)
        garden.kill_postgres()
        time.sleep(4)
        garden.postgres.hold()
        garden.wait_until_recording(speakers)
    assert_nothing_is_lost_or_doubled(garden, heard(speakers, ircd.channel), silences=0)
    assert garden.gaps() == []
