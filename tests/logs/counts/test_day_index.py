from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from logs.counts import day_index
from logs.ingest.channel_state import remove_lines
from logs.models import Channel, Kind
from tests.conftest import Say

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 29)


def test_neighbouring_days_are_those_with_lines(channel: Channel, say: Say) -> None:
    for day in (1, 5, 9):
        say(channel, "ann", at=datetime(2026, 3, day, 12, tzinfo=UTC), kind=Kind.JOIN)
    fifth = date(2026, 3, 5)
    assert day_index.day_neighbours(channel, fifth).previous == date(2026, 3, 1)
    assert day_index.day_neighbours(channel, fifth).next == date(2026, 3, 9)
    assert day_index.day_neighbours(channel, date(2026, 3, 1)).previous is None
    assert day_index.day_neighbours(channel, date(2026, 3, 9)).next is None
    assert day_index.latest_day(channel) == date(2026, 3, 9)


@pytest.mark.parametrize(
    ("day", "nearest"),
    [("2026-03-04", 5), ("2026-03-05", 5), ("2026-03-02", 1), ("2026-03-07", 9), ("0002-01-01", 1), ("9998-12-31", 9)],
)
def test_the_nearest_day_is_the_later_of_two_that_are_as_near(
    channel: Channel, say: Say, day: str, nearest: int
) -> None:
    for number in (1, 5, 9):
        say(channel, "ann", at=datetime(2026, 3, number, 12, tzinfo=UTC), kind=Kind.JOIN)
    assert day_index.nearest_day(channel, date.fromisoformat(day)) == date(2026, 3, nearest)


def test_an_empty_channel_has_no_nearest_day(channel: Channel) -> None:
    assert day_index.nearest_day(channel, DAY) is None


def test_a_day_that_has_lost_its_lines_is_no_neighbour(channel: Channel, say: Say) -> None:
    for number in (1, 5, 9):
        say(channel, "ann", at=datetime(2026, 3, number, 12, tzinfo=UTC))
    remove_lines(channel, {2})
    assert day_index.day_neighbours(channel, date(2026, 3, 9)).previous == date(2026, 3, 1)
    assert day_index.day_neighbours(channel, date(2026, 3, 5)).lines == 0
    assert day_index.nearest_day(channel, date(2026, 3, 4)) == date(2026, 3, 1)
    assert day_index.days_of_year(channel, 2026) == {date(2026, 3, 1): 1, date(2026, 3, 9): 1}


def test_years_are_counted_the_last_one_first(channel: Channel, say: Say) -> None:
    for year in (2024, 2026, 2026):
        say(channel, "ann", at=datetime(year, 12, 31, 23, 59, tzinfo=UTC), kind=Kind.JOIN)
    assert list(day_index.years(channel).items()) == [(2026, 2), (2024, 1)]
    assert day_index.days_of_year(channel, 2025) == {}
