"""Counts with their noun, for sentences in pages, the admin and commands."""

from __future__ import annotations


def counted(count: int, noun: str = "line") -> str:
    """For example "1 line" or "1,234 lines"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
