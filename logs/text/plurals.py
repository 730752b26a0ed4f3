"""Counts with their noun, for the sentences of pages, the admin, commands and the bot alike."""

from __future__ import annotations


def counted(count: int, noun: str = "line") -> str:
    """For example "1 line" or "1,234 lines"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
