"""How many hits are to be expected in so many lines, counted from the newest on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

FEWEST = 5
"""So few hits of a sample tell nothing of where others are."""

LONG = 6.0
"""Lines without a hit of a sample tell something if they are so many times as many as between two hits on average."""

MISSED = 120.0
"""So many hits may be where a sample has none for long: a window that should hold as many ends where it has one."""

FOLLOWED = 24
"""The places of so many are worth looking at; behind them hits are expected evenly."""


class Course:
    """Hits rise evenly with the lines looked at, unless a sample has none for long: then from place to place of it."""

    def __init__(self, lines: float, hits: float, places: Sequence[float] = (), each: float = 0) -> None:
        """`lines` and `hits` there are in all; `places`: how many lines come before the first hits of a sample, in
        order, for `each` hits one.
        """
        self._places, self._each = places, each
        self._lines, self._hits = [0.0, lines], [0.0, hits]
        self.told = False
        if places and places[0] > LONG * each / hits * lines:
            self.follow()

    def follow(self) -> None:
        """From place to place from now on, if there are enough."""
        if self.told or len(self._places) < FEWEST:
            return
        self.told = True
        rising = min(self._each / 2, MISSED)
        for number, place in enumerate(self._places):
            if self._lines[-2] < place < self._lines[-1]:
                self._lines.insert(-1, place)
                self._hits.insert(-1, rising + number * self._each)
        self._hits[-1] = max(self._hits[-2:])

    def hits(self, lines: float) -> float:
        """How many hits are to be expected in so many lines."""
        return _at(lines, self._lines, self._hits)

    def between(self, looked: float, lines: float) -> float:
        """How many are to be expected in so many lines after others that were looked at."""
        return self.hits(looked + lines) - self.hits(looked)

    def lines(self, hits: float) -> float:
        """How many lines have to be looked at for so many hits, at most all."""
        return _at(hits, self._hits, self._lines)


def _at(value: float, values: list[float], others: list[float]) -> float:
    number = min(max(bisect_right(values, value), 1), len(values) - 1)
    low, high = values[number - 1], values[number]
    share = min(1.0, (value - low) / (high - low)) if high > low else 1.0
    return others[number - 1] + share * (others[number] - others[number - 1])
