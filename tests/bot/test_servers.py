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
from tests.ircd import Client, Inspircd, Ircd, Ngircd
from tests.logged_channel import (
    LoggedChannel,
    assert_no_line_lost_or_doubled,
    chatter,
    lines_received,
    messages_received,
    run_postgres,
)
from tests.processes import Bot, ImpatientBot, wait_for

pytestmark = pytest.mark.ircd

KINDS_OF_PEOPLE = set(Kind) - {Kind.REMOVED, Kind.UNLOGGED}
CONTROLS = "\x02bold\x02 \x0304,01red\x0f \x1d\x1f\x16 \xa0\u2028"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with run_postgres() as server:
        yield server


@pytest.fixture(params=[Ngircd, Inspircd, Hybrid, Irc2], ids=lambda server: server.__name__)
def ircd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ircd]:
    with request.param(tmp_path) as server:
        yield server


@pytest.fixture
def bot_class() -> type[Bot]:
    return Bot


@pytest.fixture
def observer(ircd: Ircd) -> Iterator[Client]:
    """The first client in the channel, and so its operator."""
    with ircd.client("observer") as client:
        client.join(ircd.channel)
        yield client


@pytest.fixture
def logged(
    tmp_path: Path, postgres: Postgres, ircd: Ircd, observer: Client, bot_class: type[Bot]
) -> Iterator[LoggedChannel]:
    """The bot is in the channel with the observer."""
    logged = LoggedChannel(tmp_path, ircd, postgres, bot_class)
    try:
        with logged.bot:
            observer.read_until(" JOIN ", 20)
            wait_until_joined(logged)
            yield logged
    finally:
        print(logged.bot.output())  # pytest shows it when the test fails
        logged.empty()


def wait_until_joined(logged: LoggedChannel) -> None:
    wait_for(lambda: logged.state() == State.JOINED, 20, "the bot is in the channel")


def wait_for_log(logged: LoggedChannel, text: str) -> list[object]:
    wait_for(lambda: any(line.text == text for line in logged.log()), 10, f"{text!r} is stored")
    return list(logged.log())


def test_everything_done_in_a_channel_is_stored(ircd: Ircd, logged: LoggedChannel, observer: Client) -> None:
    channel = ircd.channel
    with ircd.client("ann") as ann, ircd.client("bob") as bob:
        ann.join(channel)
        observer.mode(channel, "+o ann")
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
        observer.read_until("the end")
    log = wait_for_log(logged, "the end")
    assert log == lines_received(observer, channel, ":botbot!")[: len(log)]
    assert {line.kind for line in logged.log()} == KINDS_OF_PEOPLE


def test_nine_hundred_lines_in_two_seconds(ircd: Ircd, logged: LoggedChannel, observer: Client) -> None:
    speakers = [ircd.client(f"speaker{number}") for number in range(3)]
    for speaker in speakers:
        speaker.join(ircd.channel)

    def speak(client: Client) -> None:
        for number in range(300):
            client.say(ircd.channel, f"{client.nick} {number}")
            gevent.sleep(2 / 400)
        client.settle()

    gevent.joinall([gevent.spawn(speak, speaker) for speaker in speakers], raise_error=True)
    observer.settle()
    sent = messages_received(observer, ircd.channel)
    assert len(sent) == 900
    log = wait_for_log(logged, sent[-1])
    assert log == lines_received(observer, ircd.channel, ":botbot!")
    for speaker in speakers:
        speaker.close()


@pytest.mark.parametrize("bot_class", [ImpatientBot])
def test_a_server_that_is_killed_and_comes_back(ircd: Ircd, logged: LoggedChannel, observer: Client) -> None:
    observer.say(ircd.channel, "before")
    wait_for_log(logged, "before")
    ircd.kill()
    wait_for(lambda: logged.state() == State.WAITING, 10, "the bot has noticed")
    ircd.start()
    with ircd.client("ann") as ann:
        ann.join(ircd.channel)
        wait_until_joined(logged)
        ann.say(ircd.channel, "after")
        wait_for_log(logged, "after")
    assert [text for _, text in logged.lines()] == ["before", "after"]
    ((before, _), (after, _)), ((from_at, to_at),) = logged.lines(), logged.gaps()
    assert before <= from_at < to_at <= after


@pytest.mark.parametrize("bot_class", [ImpatientBot])
def test_a_server_that_is_silent_for_a_while(ircd: Ircd, logged: LoggedChannel, observer: Client) -> None:
    with ircd.client("ann") as ann:
        ann.join(ircd.channel)
        ann.say(ircd.channel, "before")
        wait_for_log(logged, "before")
        ircd.pause()
        ann.say(ircd.channel, "meanwhile")
        wait_for(lambda: logged.state() == State.WAITING, 10, "the bot has noticed")
        ircd.resume()
        observer.read_until("meanwhile")
        wait_until_joined(logged)
        ann.say(ircd.channel, "after")
        wait_for_log(logged, "after")
        ((before, _), *_, (after, _)), ((from_at, to_at),) = logged.lines(), logged.gaps()
        assert before <= from_at < to_at <= after
        assert [text for _, text in logged.lines()] == ["before", "after"]


def test_a_bot_that_is_killed_again_and_again(ircd: Ircd, logged: LoggedChannel, observer: Client) -> None:
    keeps = isinstance(ircd, Inspircd)
    if keeps:
        observer.mode(ircd.channel, "+H 2000:3600")
    with chatter(ircd, pause=1 / 30) as listener:
        for _ in range(3):
            logged.wait_until_recording(listener)
            time.sleep(1)
            logged.kill_bot()
            logged.bot.start()
        logged.wait_until_recording(listener)
        wait_for(lambda: len(messages_received(listener, ircd.channel)) >= 1500, 20, "enough lines were received")
    assert_no_line_lost_or_doubled(logged, messages_received(listener, ircd.channel), gap_count=0 if keeps else None)
    if keeps:
        assert logged.gaps() == []


def test_a_database_that_is_away_for_some_seconds(ircd: Ircd, logged: LoggedChannel, observer: Client) -> None:
    with chatter(ircd) as listener:
        logged.wait_until_recording(listener)
        logged.kill_postgres()
        time.sleep(4)
        logged.postgres.hold()
        logged.wait_until_recording(listener)
    assert_no_line_lost_or_doubled(logged, messages_received(listener, ircd.channel), gap_count=0)
    assert logged.gaps() == []
