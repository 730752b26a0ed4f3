"""Read a JSON object of any size piece by piece: the elements of one of its lists, with little memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson
from ijson.common import ObjectBuilder

from logs.formats.numbered_lines import UnreadableError

MAX_DEPTH = 60
"""A message of a chat is not nested deeper. Without a limit the cost would grow with the square of the depth."""

MAX_EVENTS = 500_000
"""So many values a message may have: those who reacted to it are listed with their roles."""

_OPENING, _CLOSING = {"start_map", "start_array"}, {"end_map", "end_array"}


def read_members(path: Path, list_name: str) -> Iterator[tuple[str, Any]]:
    """The members of the object in a file, in order, each with its name; of the list of this name each element.

    UnreadableError if the file is no whole JSON, or has values that are too deep or too large.
    """
    try:
        with path.open("rb") as file:
            yield from _members(ijson.basic_parse(file, use_float=True), list_name)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())[:100]
        raise UnreadableError(f"It cannot be read to its end: {reason}") from error


def _members(events: Iterator[tuple[str, Any]], list_name: str) -> Iterator[tuple[str, Any]]:
    depth = size = 0
    name = ""
    builder = ObjectBuilder()
    for event, value in events:
        in_list = name == list_name
        # 1 is inside the object, 2 inside the list.
        base = 2 if in_list else 1
        if depth == 1 and event == "map_key":
            name = str(value)
            continue
        if depth < base or (depth == base and event in _CLOSING):
            depth += (event in _OPENING) - (event in _CLOSING)
            continue
        if depth == base:
            builder, size = ObjectBuilder(), 0
        builder.event(event, value)
        size += 1
        depth += (event in _OPENING) - (event in _CLOSING)
        if depth > MAX_DEPTH or size > MAX_EVENTS:
            raise UnreadableError("It cannot be read to its end: a value of it is too deep or too large.")
        if depth == base:
            yield name, builder.value
