"""The bot and PostgreSQL are killed again and again while people talk: nothing that was heard is lost or doubled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from botbot.embedded.postgres_server import Postgres
from tests.garden import Garden, assert_nothing_is_lost_or_doubled, heard, own_postgres, talk
from tests.ircd import Ngircd

pytestmark = pytest.mark.usefixtures("started_as_in_production")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with own_postgres() as server:
        yield server


@pytest.fixture
def garden(tmp_path: Path, postgres: Postgres) -> Iterator[Garden]:
    with Ngircd(tmp_path) as ircd:
        postgres.hold()  # a test that failed may have left it killed
        garden = Garden(tmp_path, ircd, postgres)
        try:
            with garden.bot:
                yield garden
        finally:
            print(garden.bot.output())  # pytest shows it when the test fails
            postgres.hold()
            garden.empty()


def test_a_killed_bot_loses_nothing_that_it_journaled_and_tells_of_the_rest(garden: Garden) -> None:
    with talk(garden.ircd) as witness:
        for _ in range(4):
            garden.wait_until_recording(witness)
            time.sleep(0.5)
            garden.kill_bot()
            time.sleep(0.3)
            garden.bot.start()
        garden.wait_until_recording(witness)
    assert len(garden.kept) > 40
    assert_nothing_is_lost_or_doubled(garden, heard(witness, garden.channel), silences=4)


def test_a_killed_database_loses_nothing(garden: Garden) -> None:
    with talk(garden.ircd) as witness:
        for _ in range(4):
            garden.wait_until_recording(witness)
            garden.kill_postgres()
            time.sleep(0.5)
            garden.postgres.hold()
        garden.wait_until_recording(witness)
    assert_nothing_is_lost_or_doubled(garden, heard(witness, garden.channel), silences=0)


def test_a_bot_killed_while_the_database_is_away_comes_back_without_it(garden: Garden) -> None:
    with talk(garden.ircd) as witness:
        garden.wait_until_recording(witness)
        garden.kill_postgres()
        time.sleep(1)
        garden.kill_bot()
        garden.bot.start()
        witness.settle()
        witness.read_until(" JOIN ", 20)
        time.sleep(1)
        garden.postgres.hold()
        garden.wait_until_recording(witness)
    assert garden.kept
    assert_nothing_is_lost_or_doubled(garden, heard(witness, garden.channel), silences=1)
