"""A visitor of the pages, and days that they find."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from logs.models import Channel
from logs.views.api.middleware import rate_limiter
from logs.views.http.client_address import action_limiter
from tests.conftest import Say

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 9)


@pytest.fixture(autouse=True)
def _unspent() -> Iterator[None]:
    """Every test may ask the API and for codes as often as anybody."""
    limiters = (rate_limiter, action_limiter)
    for limiter in limiters:
        limiter.clear()
    yield
    for limiter in limiters:
        limiter.clear()


@pytest.fixture
def two_days(channel: Channel, say: Say) -> Channel:
    """`#garden` of `testnet` with lines 1 and 2 on the first day and line 3 on the second."""
    say(channel, "ann", "good <b>morning</b>", at=datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
    say(channel, "bob", "see https://example.org/", at=datetime(2026, 3, 1, 9, 1, tzinfo=UTC))
    say(channel, "ann", "a week later", at=datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC))
    return channel
