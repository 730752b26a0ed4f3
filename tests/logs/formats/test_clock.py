"""Local times to moments: nights in which clocks are changed, and jitter."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.formats.clock import Clock
from logs.formats.numbered_lines import UnreadableError

BERLIN = ZoneInfo("Europe/Berlin")
AUTUMN = date(2014, 10, 26)
SPRING = date(2014, 3, 30)


def read_times(clock: Clock, *times: str) -> list[str]:
    return [f"{clock.time(text):%H:%M}" for text in times]


def test_the_order_of_lines_decides_in_the_repeated_hour() -> None:
    times = ["01:59", "02:00", "02:30", "02:59", "02:00", "02:30", "02:59", "03:00"]
    assert read_times(Clock(BERLIN, AUTUMN), *times) == [
        "23:59", "00:00", "00:30", "00:59", "01:00", "01:30", "01:59", "02:00",
    ]  # fmt: skip


def test_a_few_seconds_back_are_not_the_second_hour() -> None:
    clock = Clock(BERLIN, AUTUMN)
    assert [f"{clock.time(text):%H:%M:%S}" for text in ("02:30:05", "02:30:03", "02:30:05")] == [
        "00:30:05",
        "00:30:03",
        "00:30:05",
    ]


def test_an_hour_that_does_not_come_is_as_if_the_clock_had_not_been_changed_yet() -> None:
    assert read_times(Clock(BERLIN, SPRING), "01:59", "02:30", "03:00") == ["00:59", "01:30", "01:00"]


def test_summer_and_winter() -> None:
    clock = Clock(BERLIN, date(2014, 1, 1))
    assert read_times(clock, "12:00") == ["11:00"]
    clock.set_day(date(2014, 7, 1))
    assert read_times(clock, "12:00") == ["10:00"]


def test_time_zones_may_shift_by_half_an_hour() -> None:
    """Lord Howe's clocks go back by half an hour, St. John's stood a quarter of a minute off."""
    clock = Clock(ZoneInfo("Australia/Lord_Howe"), date(2014, 4, 6))
    assert read_times(clock, "01:29", "01:30", "01:59", "01:30", "01:59", "02:00") == [
        "14:29", "14:30", "14:59", "15:00", "15:29", "15:30",
    ]  # fmt: skip


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_first_and_last_possible_day_are_read(day: date) -> None:
    for zone in ("Asia/Tokyo", "America/New_York"):
        assert Clock(ZoneInfo(zone), day).time("12:00").tzinfo is UTC


def test_without_a_day() -> None:
    with pytest.raises(UnreadableError):
        Clock(UTC).time("12:00")


@given(st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)), st.lists(st.integers(0, 5000), max_size=50))  # noqa: DTZ001
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
def test_times_in_order_are_the_moments_they_were(zone: str, start: datetime, steps: list[int]) -> None:
    """If no autumn night is passed over without a line in its first hour, as by a step of more than an hour."""
    at = start.replace(tzinfo=UTC)
    clock = Clock(ZoneInfo(zone))
    for seconds in [0, *(step % 1800 for step in steps)]:
        at += timedelta(seconds=seconds)
        local = at.astimezone(ZoneInfo(zone))
        if clock.last.year == 1 and local.fold:
            at += timedelta(hours=2)
            local = at.astimezone(ZoneInfo(zone))
        assert clock.moment(local.replace(tzinfo=None, fold=0)) == at
