"""Parsing of the parameters that several pages have. What is not understood counts as absent."""

from __future__ import annotations

from collections.abc import Collection, Iterable


def parse_id(text: str) -> int | None:
    """Parse a line's id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def parse_marked(text: str) -> range:
    """Parse the ids to highlight: one, or two with a hyphen in either order."""
    first, last = (parse_id(part) for part in (*text.split("-", 1), text)[:2])
    return range(min(first, last), max(first, last) + 1) if first is not None and last is not None else range(0)


def parse_limit(text: str, maximum: int, default: int | None = None) -> int:
    """Parse how many of something are wanted, at most `maximum`; `default` (else `maximum`) if absent or 0."""
    requested = parse_id(text)
    return min(requested, maximum) if requested else (maximum if default is None else default)


def parse_names(values: Iterable[str], known: Collection[str]) -> list[str]:
    """Parse names out of a fixed set, in the order of the set; each value may hold several, separated by commas."""
    requested = {name for value in values for name in value.split(",")}
    return [name for name in known if name in requested]
