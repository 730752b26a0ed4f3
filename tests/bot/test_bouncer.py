"""The bot behind ZNC and WeeChat: the bouncer's buffer is recorded once, with the original times."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logs.models import BotStatus, Channel, Kind, Line, Network
from logs.models.bot_status import State
from tests.bouncer import Weechat, Znc
from tests.ircd import Client, Inspircd, Ircd, Ngircd
from tests.processes import Bot, wait_for

pytestmark = pytest.mark.ircd

ESTABLISHED, CLOSE_WAIT = "01", "08"
"""States of a connection in /proc/net/tcp."""


@pytest.fixture(params=[Ngircd, Inspircd], ids=lambda server: server.__name__)
def ircd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ircd]:
    with request.param(tmp_path) as server:
        yield server


@pytest.fixture
def ann(ircd: Ircd) -> Iterator[Client]:
    with ircd.client("ann") as client:
        client.join(ircd.channel)
        yield client


@pytest.fixture
def znc(tmp_path: Path, ircd: Ircd, ann: Client) -> Iterator[Znc]:
    """A ZNC that is in the channel."""
    with Znc(tmp_path, ircd) as bouncer:
        ann.read_until(":botbot!", 20)
        yield bouncer
        print(bouncer.output())


@pytest.fixture
def garden(process_env: dict[str, str], znc: Znc, ircd: Ircd) -> Channel:
    network = Network.objects.create(
        name="local", host=znc.host, port=znc.port, tls=False, password=znc.server_password
    )
    return Channel.objects.create(network=network, name=ircd.channel, wanted=True)


def stored_texts(channel: Channel) -> list[str]:
    return list(
        Line.objects.filter(channel=channel, kind=Kind.MESSAGE).order_by("at", "id").values_list("text", flat=True)
    )


def kill(bot: Bot, bouncer: Ircd) -> None:
    """Wait until the bouncer has noticed the disconnect: what it sends to a dead client is lost from its buffer."""
    bot.kill()
    wait_for(lambda: not has_client(bouncer), 10, "the bouncer has closed the connection")


def has_client(bouncer: Ircd) -> bool:
    """Whether the bouncer has a connection that a client opened, and that it has not closed itself yet."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return any(
        int(row[1].partition(":")[2], 16) == bouncer.port and row[3] in {ESTABLISHED, CLOSE_WAIT} for row in rows
    )


def wait_until_joined(channel: Channel, since: datetime) -> None:
    status = BotStatus.objects.filter(channel=channel, state=State.JOINED, updated_at__gt=since, since__gt=since)
    wait_for(status.exists, 20, "the bot has joined")


def test_lines_said_in_the_absence_are_replayed_once(garden: Channel, znc: Znc, ann: Client, bot: Bot) -> None:
    wait_until_joined(garden, datetime.min.replace(tzinfo=UTC))
    for number in range(50):
        ann.say(garden.name, f"before {number}")
        ann.say(garden.name, "again")
    wait_for(lambda: len(stored_texts(garden)) == 100, 10, "all is stored")
    kill(bot, znc)
    meanwhile = datetime.now(UTC)
    for number in range(100):
        ann.say(garden.name, f"meanwhile {number}")
        ann.say(garden.name, "again")
        time.sleep(0.01)
    ann.settle()
    until = datetime.now(UTC)
    bot.start()
    wait_for(lambda: len(stored_texts(garden)) >= 300, 20, "what was said meanwhile is stored")
    wait_until_joined(garden, until)
    ann.say(garden.name, "after")
    wait_for(lambda: stored_texts(garden)[-1] == "after", 10, "the last line is stored")
    expected = [text for number in range(50) for text in (f"before {number}", "again")]
    expected += [text for number in range(100) for text in (f"meanwhile {number}", "again")]
    assert stored_texts(garden) == [*expected, "after"]
    played = Line.objects.filter(channel=garden, text__startswith="meanwhile")
    tick = timedelta(seconds=1)
    assert all(meanwhile - tick <= line.at <= until + tick for line in played)


def test_lines_are_neither_lost_nor_duplicated_over_reconnects(
    garden: Channel, znc: Znc, ann: Client, bot: Bot
) -> None:
    wait_until_joined(garden, datetime.min.replace(tzinfo=UTC))
    for run in range(2):
        for number in range(40):
            ann.say(garden.name, f"{run} {number}")
            time.sleep(0.01)
        kill(bot, znc)
        ann.say(garden.name, f"{run} alone")
        ann.settle()
        started = datetime.now(UTC)
        bot.start()
        wait_until_joined(garden, started)
    ann.say(garden.name, "the end")
    wait_for(lambda: stored_texts(garden)[-1:] == ["the end"], 10, "the last line is stored")
    all_texts = [f"{run} {part}" for run in range(2) for part in (*range(40), "alone")]
    stored = stored_texts(garden)
    assert len(stored) == len(set(stored)), "some line is stored twice"
    missing = [text for text in all_texts if text not in stored]
    assert not missing or garden.gaps.exists()
    assert stored == [text for text in [*all_texts, "the end"] if text in stored]
    assert all(f"{run} alone" in stored for run in range(2))


@pytest.mark.parametrize("ircd", [Ngircd], indirect=True, ids=["Ngircd"])
def test_what_weechat_plays_back_is_recorded_once(
    process_env: dict[str, str], tmp_path: Path, ircd: Ircd, ann: Client, bot: Bot
) -> None:
    with Weechat(tmp_path, ircd) as weechat:
        ann.read_until(":botbot!", 20)
        network = Network.objects.create(
            name="local", host=weechat.host, port=weechat.port, tls=False, password=weechat.server_password
        )
        channel = Channel.objects.create(network=network, name=ircd.channel, wanted=True)
        wait_until_joined(channel, datetime.min.replace(tzinfo=UTC))
        for number in range(20):
            ann.say(channel.name, f"before {number}")
            ann.say(channel.name, "again")
        wait_for(lambda: len(stored_texts(channel)) == 40, 10, "all is stored")
        kill(bot, weechat)
        time.sleep(2)  # its times are whole seconds: words that repeat are told apart by them
        for number in range(20):
            ann.say(channel.name, f"meanwhile {number}")
            ann.say(channel.name, "again")
        ann.settle()
        # A message that is only a moment old could as well be a live one.
        time.sleep(6)
        until = datetime.now(UTC)
        bot.start()
        wait_until_joined(channel, until)
        ann.say(channel.name, "after")
        wait_for(lambda: "after" in stored_texts(channel), 10, "the last line is stored")
        expected = [text for word in ("before", "meanwhile") for n in range(20) for text in (f"{word} {n}", "again")]
        assert stored_texts(channel) == [*expected, "after"]
        assert channel.gaps.exists()
