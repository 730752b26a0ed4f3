"""Delays between attempts to connect."""

from __future__ import annotations

import pytest

from bot.throttle import THROTTLED_SECONDS, Backoff


def test_delays_grow_and_a_stable_connection_resets_them() -> None:
    backoff = Backoff(2, 300, 180)
    pauses = [backoff.next_delay(1) for _ in range(10)]
    for number, pause in enumerate(pauses):
        least = min(300, 2 * 2**number)
        assert least <= pause <= least * 1.25
    assert backoff.next_delay(179) >= 300
    assert backoff.next_delay(180) <= 2.5


@pytest.mark.parametrize(
    "reason",
    [
        "the server says: Closing Link: botbot[10.0.0.1] (Throttled: Reconnecting too fast)",
        "the server says: Trying to reconnect too fast.",
        "the server says: Your host is trying to (re)connect too fast -- throttled",
        "the server says: Too many connections from your IP",
        "the server says: Too rapid connects from your host",
    ],
)
def test_a_throttled_bot_waits_longer(reason: str) -> None:
    backoff = Backoff(2, 300, 180)
    assert THROTTLED_SECONDS <= backoff.next_delay(1000, reason) <= THROTTLED_SECONDS * 1.25
    assert backoff.next_delay(1) >= 2 * THROTTLED_SECONDS


@pytest.mark.parametrize(
    "reason",
    [
        "the server refuses us: You are banned from this server",
        "the server says: Closing Link: 10.0.0.1 (K-Lined)",
        "the server says: Closing Link: 10.0.0.1 (G-lined: no bots)",
        "the server says: Closing Link: 10.0.0.1 (Z:Lined)",
        "the server says: User has been banned (AKILL)",
        "the server says: *** Your IP is listed in DNSBL",
    ],
)
def test_a_banned_bot_waits_longest(reason: str) -> None:
    assert Backoff(2, 300, 180).next_delay(1000, reason) >= 300


@pytest.mark.parametrize(
    "reason",
    ["connection lost: Connection reset by peer", "the server says: Closing Link: botbot (Ping timeout)", "aligned"],
)
def test_other_reasons_change_nothing(reason: str) -> None:
    assert Backoff(2, 300, 180).next_delay(1, reason) <= 2.5
