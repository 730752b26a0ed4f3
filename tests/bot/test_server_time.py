"""The server's time of a message counts, unless it is absurd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import recorder
from bot.irc.message import parse

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # noqa: ARG003 (its name is fixed)
            return NOW

    monkeypatch.setattr(recorder, "datetime", Clock)


def time_of(tag: str, oldest: datetime | None = None) -> datetime:
    message = parse(f"@time={tag} :ann!u@h PRIVMSG #garden :hi".encode())
    assert message
    return recorder.time_of(message, oldest)


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


@pytest.mark.parametrize(
    "at",
    [
        NOW,
        NOW + timedelta(minutes=1),
        NOW - timedelta(days=7),
        NOW - SECOND,
    ],
)
def test_a_plausible_time_is_used(at: datetime) -> None:
    assert time_of(stamp(at)) == at


@pytest.mark.parametrize(
    "at",
    [
        NOW + timedelta(minutes=1) + SECOND,
        NOW + timedelta(hours=1),
        NOW + timedelta(days=1),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        NOW - timedelta(days=7) - SECOND,
        datetime(1970, 1, 1, tzinfo=UTC),
    ],
)
def test_an_absurd_time_is_replaced_by_ours(at: datetime) -> None:
    assert time_of(stamp(at)) == NOW


@pytest.mark.parametrize("tag", ["", "yesterday", "2026-03-01T11:00:00", "2026-13-01T00:00:00.000Z"])
def test_no_time_or_one_without_a_zone_is_replaced_too(tag: str) -> None:
    assert time_of(tag) == NOW


def test_a_history_may_reach_further_back_but_not_into_the_future() -> None:
    oldest = NOW - timedelta(days=30)
    assert time_of(stamp(oldest), oldest) == oldest
    assert time_of(stamp(oldest - SECOND), oldest) == NOW
    assert time_of(stamp(NOW + timedelta(minutes=2)), oldest) == NOW
