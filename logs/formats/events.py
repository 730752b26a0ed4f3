"""Tables of what happened in words: the first pattern that fits a whole text tells the kind of the line."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from logs.formats.line import Line

PASSED_OVER: Final = 0
"""The kind of what a client tells its user and did not happen in the channel."""

NICK_PREFIXES = "~&@%+!"


class Events:
    """`(kind, pattern)` in the order in which they are tried; patterns name their parts `nick`, `text` and `target`."""

    def __init__(self, *events: tuple[int, str]) -> None:
        compiled = [(kind, re.compile(pattern, re.DOTALL)) for kind, pattern in events]
        self._events = [(kind, pattern.fullmatch, *_places(pattern)) for kind, pattern in compiled if kind]
        self._ignored = [pattern for kind, pattern in compiled if kind == PASSED_OVER]

    def line(self, at: datetime, told: str) -> Line | None:
        """What happened, if it is one of these events."""
        for kind, matched, nick, text, target in self._events:
            if match := matched(told):
                return Line(
                    at,
                    kind,
                    match[nick] if nick else "",
                    (text and match[text]) or "",
                    match[target] if target else None,
                )
        return None

    def passes_over(self, told: str) -> bool:
        """Whether it did not happen in the channel."""
        return any(pattern.fullmatch(told) for pattern in self._ignored)


def _places(pattern: re.Pattern[str]) -> tuple[int, int, int]:
    """The numbers of the groups; 0 for what a pattern does not tell."""
    nick, text, target = (pattern.groupindex.get(name, 0) for name in ("nick", "text", "target"))
    return nick, text, target


def bare(nick: str) -> str:
    """A nick without the sign of its rank in the channel."""
    return nick.lstrip(NICK_PREFIXES) or nick
