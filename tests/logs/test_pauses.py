"""Long loops let other greenlets run."""

from __future__ import annotations

from datetime import UTC, datetime

import gevent

from logs.archive import DayLine
from logs.greenlets import MAX_ITEMS, with_pauses
from logs.line_grouping import blocks_html, group_lines


class OtherGreenlet:
    """Counts how often another greenlet got to run."""

    def __init__(self) -> None:
        self.count = 0
        self._job = gevent.spawn(self._run)

    def _run(self) -> None:
        while True:
            self.count += 1
            gevent.sleep(0)

    def stop(self) -> int:
        self._job.kill()
        return self.count


def test_every_item_comes_and_others_run_in_between() -> None:
    others = OtherGreenlet()
    assert list(with_pauses(range(10 * MAX_ITEMS + 1))) == list(range(10 * MAX_ITEMS + 1))
    assert others.stop() >= 9


def test_others_run_while_a_long_day_is_rendered() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    lines = [DayLine(number, at, 1, "ann", "hello", None) for number in range(1, 10 * MAX_ITEMS + 1)]
    others = OtherGreenlet()
    blocks = group_lines(lines)
    grouping = others.count
    assert grouping >= 9
    assert blocks_html(blocks, "/n/c/").count("\n") == len(lines) - 1
    assert others.stop() >= grouping + 9
