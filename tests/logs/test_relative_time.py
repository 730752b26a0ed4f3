from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from logs.localize import relative_time

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=3, minutes=59), "3 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=59), "59 days ago"),
        (timedelta(days=60), "2 months ago"),
        (timedelta(days=731), "2 years ago"),
    ],
)
def test_times_are_told_from_now(length: timedelta, words: str) -> None:
    assert relative_time(NOW - length, NOW) == words
