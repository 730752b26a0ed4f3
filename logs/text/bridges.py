"""Speakers behind a bridge: a bot that repeats what people of another network say, as `<ann> hi`."""

from __future__ import annotations

import re
from typing import NamedTuple

from logs.text.mirc import CODE, strip

# The name may be coloured, and bridges put invisible characters into it so that nobody is pinged.
_SPOKEN = re.compile(rf"(?P<before>(?:{CODE})*)<(?P<name>[^<>]{{1,200}})>(?:{CODE})* ?(?P<text>.*)", re.DOTALL)
_INVISIBLE = {ord(char): None for char in "\u00ad\u200b\u200c\u200d\u2060\ufeff"}


class Bridged(NamedTuple):
    name: str
    text: str


def bridged(text: str) -> Bridged | None:
    """Who says what, if a bridge's line names a speaker; looks that were begun before or in the name end with it."""
    match = _SPOKEN.fullmatch(text)
    name = strip(match["name"]).translate(_INVISIBLE).strip() if match else ""
    return Bridged(name, match["text"]) if match and name else None
