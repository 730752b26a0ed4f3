"""Decide which lines are actions where a client begins its own messages in the same way as actions.

`*‹TAB›anna waves` is an action, `*‹TAB›Cannot send to #c` and `*‹TAB›[anna] idle 00:10:00` are not: an action is by
somebody who speaks in the same log, or joins or leaves, before or after it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from logs.formats.log_items import MODE, TOPIC, Item, LogLine, UnparsedLine

MAX_WAITING_ITEMS = 20_000
"""So many items are read ahead for somebody to speak who acts; this bounds the memory that a log takes."""


class DoubtfulLine(NamedTuple):
    """A line that is one only if its nick is a person's; `number` and `text` are reported otherwise."""

    line: LogLine
    number: int
    text: str


def resolve_actions(items: Iterable[Item | DoubtfulLine], speakers: Iterable[str] = ()) -> Iterator[Item]:
    """Yield all items in order: doubtful lines whose nick is seen elsewhere as lines, the others as not understood.

    `speakers` are nicks that were seen before. Exactly one item is yielded for each.
    """
    seen = set(speakers)
    waiting: deque[Item | DoubtfulLine] = deque()
    for item in items:
        if type(item) is LogLine:
            # Servers set modes and topics, too.
            if item.kind not in {MODE, TOPIC}:
                seen.add(item.nick)
            if item.target is not None:
                seen.add(item.target)
        if not waiting and not isinstance(item, DoubtfulLine):
            yield item
            continue
        waiting.append(item)
        # The first one waiting is always in doubt: what follows it keeps its place behind it.
        while waiting and (decided := _decide(waiting[0], seen, is_final=len(waiting) > MAX_WAITING_ITEMS)):
            waiting.popleft()
            yield decided
    for item in waiting:
        if decided := _decide(item, seen, is_final=True):
            yield decided


def _decide(item: Item | DoubtfulLine, seen: set[str], *, is_final: bool) -> Item | None:
    """The item as it will be; None if it has to wait."""
    if not isinstance(item, DoubtfulLine):
        return item
    nick = item.line.nick
    # `[anna]` is how clients begin what a server says of anna.
    if nick in seen and (nick[0] != "[" or nick.strip("[]") not in seen):
        return item.line
    return UnparsedLine(item.number, item.text) if is_final else None
