"""Live in numbers, for those who watch over the process."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """Everything since the process began."""

    opened: int = 0
    closed: Counter[str] = field(default_factory=Counter)
    deliveries: int = 0
    bytes: int = 0
    replays: int = 0
    replayed: int = 0
    looks: int = 0
    look_seconds: float = 0.0
    """From hearing that there is something new to having sent it."""

    deaf: bool = True
    """Whether announcements are not heard at the moment."""
