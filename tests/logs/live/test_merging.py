"""How many lines are sent together to many readers, and how long the first one waits."""

from __future__ import annotations

import pytest

from logs.live.merging import MAX_AGE_SECONDS, Merging


def after(interval: float, seconds: float, rounds: int = 20) -> Merging:
    """The plan after many sendings that took `seconds` each, of lines that came every `interval`."""
    merging = Merging()
    now = 1000.0
    for _ in range(rounds):
        lines = merging.lines
        now += interval * lines
        merging.plan(lines, now, now + seconds)
    return merging


@pytest.mark.parametrize(
    ("interval", "seconds", "lines"),
    [
        (0.1, 0.025, 1),  # 5,000 readers and 10 lines/s: the next line would come too late
        (0.05, 0.025, 2),
        (0.02, 0.025, 4),  # as many as are expected in time
        (0.05, 0.004, 1),  # 1,000 readers: sending takes a twelfth of the time
        (1.0, 0.2, 1),
        (60.0, 0.025, 1),
    ],
)
def test_lines_are_merged_only_where_sending_keeps_the_process_busy(
    interval: float, seconds: float, lines: int
) -> None:
    merging = after(interval, seconds)
    assert merging.lines == lines
    assert merging.patience == pytest.approx(max(0.0, MAX_AGE_SECONDS - seconds))


def test_the_first_line_waits_for_the_others_and_not_for_long() -> None:
    merging = after(0.05, 0.025)
    assert merging.due_at(1, 500.0) == pytest.approx(500.065)
    assert merging.due_at(2, 500.0) == 0.0
    merging.stop()
    assert merging.due_at(1, 500.0) == 0.0


def test_after_a_silence_nothing_waits() -> None:
    merging = after(0.05, 0.025)
    merging.plan(1, 5000.0, 5000.025)
    assert merging.due_at(1, 5001.0) == 0.0


def test_a_burst_is_merged_after_its_first_lines() -> None:
    merging = Merging()
    assert merging.due_at(1, 1.0) == 0.0
    merging.plan(1, 1000.0, 1000.025)
    assert merging.due_at(1, 1.0) == 0.0
    merging.plan(5, 1000.025, 1000.05)
    assert merging.lines > 5
