"""The bot and PostgreSQL are killed again and again while people talk: nothing that was heard is lost or doubled."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import gevent
import pytest

from logs.ingest.entry import Entry
from logs.ingest.journal import Journal
from logs.models import Channel, Gap, Kind, Line, Network
from tests.ircd import Client, Ngircd
from tests.processes import Bot, wait_for

CLOCK_TICK = timedelta(milliseconds=50)
"""How much a file's time may lag behind the clock that lines are timed with."""


@pytest.fixture
def ircd(tmp_path: Path) -> Iterator[Ngircd]:
    with Ngircd(tmp_path) as server:
        yield server


@contextmanager
def talk(ircd: Ngircd) -> Iterator[Client]:
    """Four people say ten numbered lines a second each; yields a witness, who hears what the bot should hear."""

    def speak(client: Client) -> None:
        for number in range(100_000):
            client.say("#garden", f"{client.nick} {number}")
            gevent.sleep(0.1)

    clients = [Client(ircd.host, ircd.port, f"speaker{number}") for number in range(4)]
    witness = Client(ircd.host, ircd.port, "witness")
    witness.join("#garden")
    for client in clients:
        client.join("#garden")
    speakers = [gevent.spawn(speak, client) for client in clients]
    yield witness
    gevent.killall(speakers)
    for client in clients:
        client.settle()
    witness.settle()
    for client in (*clients, witness):
        client.close()


def heard(witness: Client) -> list[str]:
    return [line.partition(" PRIVMSG #garden :")[2] for line in witness.lines if " PRIVMSG #garden :" in line]


def journaled(folder: Path, copy: Path) -> list[str]:
    """What a dead bot's journal holds, read from a copy of it."""
    shutil.copytree(folder, copy)
    journal = Journal(copy)
    records = [record for record, _ in journal.read(journal.start(), 1_000_000)]
    journal.close()
    return [record.text for record in records if isinstance(record, Entry) and record.kind == Kind.MESSAGE]


def wait_until_recording(channel: Channel, witness: Client) -> None:
    """Returns once a line is stored that was said after this was called."""
    before = len(heard(witness))
    lines = Line.objects.filter(channel=channel)
    wait_for(lambda: lines.filter(text__in=heard(witness)[before:]).exists(), 20, "lines said now are stored")


def test_a_killed_bot_loses_nothing_that_it_journaled_and_owns_up_to_the_rest(
    ircd: Ngircd, process_env: dict[str, str], tmp_path: Path
) -> None:
    network = Network.objects.create(name="local", host=ircd.host, port=ircd.port, tls=False)
    channel = Channel.objects.create(network=network, name="#garden", wanted=True)
    kept: list[str] = []
    with Bot(tmp_path, process_env) as bot, talk(ircd) as witness:
        for kill in range(4):
            wait_until_recording(channel, witness)
            time.sleep(0.5)
            bot.kill()
            kept += journaled(bot.journal / "local", tmp_path / f"copy{kill}")
            time.sleep(0.3)
            bot.start()
        wait_until_recording(channel, witness)
    said = heard(witness)
    wait_for(Line.objects.filter(channel=channel, text=said[-1]).exists, 10, "the last line is stored")
    lines = list(Line.objects.filter(channel=channel, kind=Kind.MESSAGE).order_by("id"))
    texts = [line.text for line in lines]
    assert len(kept) > 40
    assert set(kept) <= set(texts)
    assert texts == [text for text in said if text in set(texts)], "each once, in the order in which they were said"
    assert_gaps_cover_what_is_missing(channel, lines, said)


def assert_gaps_cover_what_is_missing(channel: Channel, lines: list[Line], said: list[str]) -> None:
    """Between two neighbouring stored lines that were not neighbours when they were said lies a gap."""
    gaps = list(Gap.objects.filter(channel=channel).order_by("from_at"))
    place = {text: number for number, text in enumerate(said)}
    holes = 0
    for before, after in pairwise(lines):
        if place[after.text] > place[before.text] + 1:
            holes += 1
            assert any(gap.to_at and before.at - CLOCK_TICK <= gap.from_at and gap.to_at <= after.at for gap in gaps), (
                f"nothing tells of what was said between {before.at} and {after.at}"
            )
    assert holes == 4
