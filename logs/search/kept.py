"""What is worth knowing for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from time import monotonic
from typing import Generic, TypeVar

MOST = 1000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Values by key, each with its time; at most MOST, those kept last."""

    def __init__(self) -> None:
        self._values: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """None if its time is over, or there is none."""
        until, value = self._values.get(key, (0.0, None))
        return value if monotonic() < until else None

    def last(self, key: Key) -> Value | None:
        """Also if its time is over."""
        return self._values.get(key, (0.0, None))[1]

    def keep(self, key: Key, value: Value, seconds: float) -> Value:
        self._values[key] = (monotonic() + seconds, value)
        self._values.move_to_end(key)
        if len(self._values) > MOST:
            self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        self._values.clear()
