"""The server's time of a message counts, unless it is absurd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import server_clock
from bot.irc.message import Message, parse
from bot.server_clock import ServerClock

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # noqa: ARG003 (its name is fixed)
            return NOW

    monkeypatch.setattr(server_clock, "datetime", Clock)


def open_clock(folder: Path) -> ServerClock:
    def fail(error: OSError) -> None:
        raise error

    return ServerClock(folder / "clock.json", fail)


@pytest.fixture
def clock(tmp_path: Path) -> ServerClock:
    return open_clock(tmp_path)


def said_at(tag: str) -> Message:
    message = parse(f"@time={tag} :ann!u@h PRIVMSG #garden :hi".encode())
    assert message
    return message


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
def test_a_plausible_time_is_used(clock: ServerClock, at: datetime) -> None:
    assert clock.time_of(said_at(stamp(at))) == at


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
def test_an_absurd_time_is_replaced_by_ours(clock: ServerClock, at: datetime) -> None:
    assert clock.time_of(said_at(stamp(at))) == NOW


@pytest.mark.parametrize("tag", ["", "yesterday", "2026-03-01T11:00:00", "2026-13-01T00:00:00.000Z"])
def test_no_time_or_one_without_a_zone_is_replaced_too(clock: ServerClock, tag: str) -> None:
    assert clock.time_of(said_at(tag)) == NOW


@pytest.mark.parametrize("skew", [-3600, -61, 61, 300, 3600])
def test_the_clock_of_a_server_is_corrected_if_it_is_wrong(clock: ServerClock, tmp_path: Path, skew: int) -> None:
    offset = timedelta(seconds=skew)
    clock.observe(said_at(stamp(NOW + offset)), is_new=True)
    assert clock.time_of(said_at(stamp(NOW + offset - SECOND))) == NOW - SECOND
    assert clock.to_server(clock.to_local(NOW + offset)) == NOW + offset
    clock.flush()
    assert open_clock(tmp_path).to_local(NOW + offset) == NOW


@pytest.mark.parametrize("skew", [-59, 59])
def test_a_clock_that_is_nearly_right_is_believed(clock: ServerClock, skew: int) -> None:
    at = NOW + timedelta(seconds=skew)
    clock.observe(said_at(stamp(at)), is_new=True)
    assert clock.time_of(said_at(stamp(at))) == at
    assert clock.estimate_local_time(at) == NOW


def test_single_messages_do_not_change_the_estimate(clock: ServerClock) -> None:
    for minutes in (0, 0, -30, 0, 20, 0):
        clock.observe(said_at(stamp(NOW + timedelta(minutes=minutes))), is_new=True)
    assert clock.offset == timedelta()
    clock.observe(said_at("1970-01-01T00:00:00.000Z"), is_new=True)
    clock.observe(said_at("9999-12-31T23:59:59.999-23:00"), is_new=True)
    assert clock.time_of(said_at("9999-12-31T23:59:59.999-23:00")) == NOW
    assert clock.offset == timedelta()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "7", '{"offset": "x", "corrections": [], "has_times": true}', '{"offset": 1e99}']
)
def test_a_damaged_file_is_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str) -> None:
    (tmp_path / "clock.json").write_text(content)
    assert open_clock(tmp_path).offset is None
    assert "clock.json is damaged" in caplog.text


def test_what_a_bouncer_repeats_says_nothing_about_the_clock(
    clock: ServerClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds in range(50):
        clock.observe(said_at(stamp(NOW - timedelta(hours=1) + seconds * SECOND)), is_new=False)
    assert clock.correction == timedelta()
    # The same clock over a longer time is the server's.
    later = NOW + timedelta(minutes=1)
    for now in (later, later + 20 * SECOND):
        monkeypatch.setattr(server_clock.datetime, "now", lambda _=None, now=now: now)
        clock.observe(said_at(stamp(now - timedelta(hours=1))), is_new=False)
    assert clock.correction == -timedelta(hours=1)
