"""Kills of the bot and of PostgreSQL while people talk: no line that the bot received is lost or doubled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from botbot.embedded.postgres_server import Postgres
from tests.ircd import Ngircd
from tests.logged_channel import LoggedChannel, assert_no_line_lost_or_doubled, chatter, messages_received, run_postgres

pytestmark = pytest.mark.usefixtures("started_as_in_production")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with run_postgres() as server:
        yield server


@pytest.fixture
def logged(tmp_path: Path, postgres: Postgres) -> Iterator[LoggedChannel]:
    with Ngircd(tmp_path) as ircd:
        postgres.hold()  # a test that failed may have left it killed
        logged = LoggedChannel(tmp_path, ircd, postgres)
        try:
            with logged.bot:
                yield logged
        finally:
            print(logged.bot.output())  # pytest shows it when the test fails
            postgres.hold()
            logged.empty()


def test_a_killed_bot_loses_nothing_that_it_journaled_and_shows_the_rest_as_gaps(logged: LoggedChannel) -> None:
    with chatter(logged.ircd) as observer:
        for _ in range(4):
            logged.wait_until_recording(observer)
            time.sleep(0.5)
            logged.kill_bot()
            time.sleep(0.3)
            logged.bot.start()
        logged.wait_until_recording(observer)
    assert len(logged.journaled) > 40
    assert_no_line_lost_or_doubled(logged, messages_received(observer, logged.channel), gap_count=4)


def test_a_killed_database_loses_nothing(logged: LoggedChannel) -> None:
    with chatter(logged.ircd) as observer:
        for _ in range(4):
            logged.wait_until_recording(observer)
            logged.kill_postgres()
            time.sleep(0.5)
            logged.postgres.hold()
        logged.wait_until_recording(observer)
    assert_no_line_lost_or_doubled(logged, messages_received(observer, logged.channel), gap_count=0)


def test_a_bot_killed_while_the_database_is_away_comes_back_without_it(logged: LoggedChannel) -> None:
    with chatter(logged.ircd) as observer:
        logged.wait_until_recording(observer)
        logged.kill_postgres()
        time.sleep(1)
        logged.kill_bot()
        logged.bot.start()
        observer.settle()
        observer.read_until(" JOIN ", 20)
        time.sleep(1)
        logged.postgres.hold()
        logged.wait_until_recording(observer)
    assert logged.journaled
    assert_no_line_lost_or_doubled(logged, messages_received(observer, logged.channel), gap_count=1)
