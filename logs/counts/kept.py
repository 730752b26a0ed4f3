"""What takes long to add up, kept in the cache for a while."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TypeVar, cast

from django.core.cache import cache

Value = TypeVar("Value")


def kept(name: str, asked: object, seconds: int, add_up: Callable[[], Value]) -> Value:
    """What `add_up` found for what is `asked`, told by its repr, within so many seconds; else what it finds now."""
    key = f"{name}:{sha256(repr(asked).encode()).hexdigest()}"
    return cast("Value", cache.get_or_set(key, add_up, seconds))
