"""A bot that should log `#garden` on a server under the test's control."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from logs.models import Channel, Kind, Line, Network
from tests.bot.in_process import LocalSession, StartLocal
from tests.bot.server import Connection, Server
from tests.processes import Bot, wait_for

StoredMessages = Callable[[], list[tuple[str, str]]]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def garden(process_env: dict[str, str], server: Server) -> Channel:
    network = Network.objects.create(name="local", host=server.host, port=server.port, tls=False)
    return Channel.objects.create(network=network, name="#garden", wanted=True)


@pytest.fixture
def stopped_bot(process_env: dict[str, str], tmp_path: Path) -> Iterator[Bot]:
    """A bot that is not started yet."""
    bot = Bot(tmp_path, process_env)
    try:
        yield bot
    finally:
        bot.stop()
        print(bot.output())


@pytest.fixture
def joined(garden: Channel, server: Server, bot: Bot) -> Connection:
    """Return the bot's connection when the bot is in the channel, with ann and bob, and has become the leader."""
    connection = server.accept()
    connection.register()
    connection.let_join("botbot", "@ann", "+bob")
    wait_for(lambda: "this bot is the leader" in bot.output(), 10)
    return connection


@pytest.fixture
def start_local(tmp_path: Path) -> Iterator[StartLocal]:
    """A function that starts a session in this process; all are closed after the test."""
    with ExitStack() as stack:

        def start(*args: Any, **options: Any) -> LocalSession:
            local = LocalSession(tmp_path / str(len(list(tmp_path.iterdir()))), *args, **options)
            stack.callback(local.close)
            return local

        yield start


@pytest.fixture
def local(start_local: StartLocal) -> LocalSession:
    """A session with the network of tests.bot.test_fuzz, which wants #c."""
    return start_local()


def stored_messages(channel: Channel) -> list[tuple[str, str]]:
    """Return nick and text of a channel's messages in the order in which they were stored."""
    lines = Line.objects.filter(channel=channel, kind=Kind.MESSAGE).order_by("id")
    return list(lines.values_list("nick", "text"))


def wait_until_stored(channel: Channel, text: str) -> None:
    wait_for(Line.objects.filter(channel=channel, text=text).exists, 10, f"{text!r} is stored")
