"""Counts the steps of a backtracking search for a regular expression, as Python's `re` would take them.

`re` does not tell how many steps it takes, and seconds depend on the machine. This matcher walks the tree that `re`
itself parses, tries the same alternatives in the same order, and counts: the same pattern and text always give the same
number. It leaves out shortcuts of `re` that save a constant factor.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

Continue = Callable[[int], bool]
"""Called with the position up to which the pattern matched so far; true if the rest matches as well."""

Node = Callable[[int, Continue], bool]

UNBOUNDED = 1000
"""A repetition that may be as long as this counts as unbounded."""

MAX_BOUND = 8
"""A longer repetition with a bound is shortened to this: it is a constant factor, which short texts would not show."""

SINGLE = {op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN}
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_NOT_DIGIT: lambda char: not char.isdigit(),
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    op.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    op.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}


class TooManyStepsError(Exception):
    """The matcher gave up."""


def parse(pattern: re.Pattern[Any]) -> Any:
    """Return the tree of a pattern."""
    source = pattern.pattern
    return parser.parse(source.decode("latin-1") if isinstance(source, bytes) else source, pattern.flags & ~re.DEBUG)


def matches_char(kind: Any, value: Any, char: str, flags: int) -> bool:
    """Whether a node for a single character matches a character."""
    if kind is op.ANY:
        return bool(flags & re.DOTALL) or char != "\n"
    if kind in {op.LITERAL, op.NOT_LITERAL}:
        return any(ord(one) == value for one in _cases(char, flags)) == (kind is op.LITERAL)
    negated = value[0][0] is op.NEGATE
    return any(_is_in(value[negated:], one) for one in _cases(char, flags)) != negated


def _cases(char: str, flags: int) -> set[str]:
    cases = {char, char.lower(), char.upper()} if flags & re.IGNORECASE else {char}
    return {case for case in cases if len(case) == 1}


def _is_in(members: Sequence[tuple[Any, Any]], char: str) -> bool:
    for kind, value in members:
        if kind is op.LITERAL and ord(char) == value:
            return True
        if kind is op.RANGE and value[0] <= ord(char) <= value[1]:
            return True
        if kind is op.CATEGORY and _CATEGORIES[value](char):
            return True
    return False


def cached(decide: Callable[[str], bool]) -> Callable[[str], bool]:
    """Wrap a predicate of characters so that it decides once for each."""
    known: dict[str, bool] = {}

    def is_true(char: str) -> bool:
        if char not in known:
            known[char] = decide(char)
        return known[char]

    return is_true


class Counter:
    """Matches one pattern; `steps` of the last search. Gives up after `max_steps`."""

    def __init__(self, pattern: re.Pattern[Any], max_steps: int = 100_000) -> None:
        self.tree = parse(pattern)
        self.flags = self.tree.state.flags
        self.max_steps = max_steps
        self.steps = 0
        self.text = ""
        self.groups: dict[int, tuple[int, int]] = {}
        self._start = self._sequence(list(self.tree), self.flags)

    def count(self, text: str, *, anchored: bool) -> int:
        """Return the steps to find all matches in a text, or (`anchored`) one at its beginning that covers all."""
        self.text, self.steps = text, 0
        # A repetition of a group recurses for each round.
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 20_000))
        if anchored:
            self._start(0, lambda end: end == len(text))
            return self.steps
        position = 0
        while position <= len(text):
            ends: list[int] = []
            self._start(position, lambda end, ends=ends: not ends.append(end))  # type: ignore[misc]
            position = max(ends[0], position + 1) if ends else position + 1
        return self.steps

    def _step(self, number: int = 1) -> None:
        self.steps += number
        if self.steps > self.max_steps:
            raise TooManyStepsError

    def _sequence(self, nodes: list[Any], flags: int) -> Node:
        if not nodes:
            return lambda position, continue_match: continue_match(position)
        first, rest = self._node(*nodes[0], flags), self._sequence(nodes[1:], flags) if nodes[1:] else None
        if rest is None:
            return first
        return lambda position, continue_match: first(position, lambda end: rest(end, continue_match))

    def _node(self, kind: Any, value: Any, flags: int) -> Node:  # noqa: PLR0911  (one for each kind of node)
        if kind in SINGLE:
            return self._single(kind, value, flags)
        if kind in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
            return self._repeat(kind, *value, flags)
        if kind is op.SUBPATTERN:
            group, added, removed, inner = value
            return self._group(group, self._sequence(list(inner), (flags | added) & ~removed))
        if kind is op.ATOMIC_GROUP:
            return self._atomic(self._sequence(list(value), flags))
        if kind is op.BRANCH:
            branches = [self._sequence(list(branch), flags) for branch in value[1]]
            return lambda position, continue_match: any(branch(position, continue_match) for branch in branches)
        if kind in {op.ASSERT, op.ASSERT_NOT}:
            return self._assertion(kind is op.ASSERT, *value, flags)
        if kind is op.AT:
            return self._at(value)
        if kind is op.GROUPREF:
            return self._reference(value)
        raise NotImplementedError(kind)

    def _single(self, kind: Any, value: Any, flags: int) -> Node:
        is_match = cached(partial(matches_char, kind, value, flags=flags))

        def match(position: int, continue_match: Continue) -> bool:
            self._step()
            return position < len(self.text) and is_match(self.text[position]) and continue_match(position + 1)

        return match

    def _repeat(self, kind: Any, least: int, most: Any, inner: Any, flags: int) -> Node:
        if isinstance(most, int) and MAX_BOUND < most < UNBOUNDED:
            least, most = min(least, MAX_BOUND), MAX_BOUND
        nodes = list(inner)
        if len(nodes) == 1 and nodes[0][0] in SINGLE:
            is_match = cached(partial(matches_char, *nodes[0], flags=flags))
            return self._repeat_char(kind, least, most, is_match)
        body, greedy = self._sequence(nodes, flags), kind is not op.MIN_REPEAT

        def repeat_from(count: int, position: int, continue_match: Continue) -> bool:
            self._step()

            def more(end: int) -> bool:
                return (end > position or count < least) and repeat_from(count + 1, end, continue_match)

            may_repeat = most is op.MAXREPEAT or count < most
            if count < least:
                return body(position, more)
            if greedy:
                return (may_repeat and body(position, more)) or continue_match(position)
            return continue_match(position) or (may_repeat and body(position, more))

        def repeat(position: int, continue_match: Continue) -> bool:
            return repeat_from(0, position, continue_match)

        return self._atomic(repeat) if kind is op.POSSESSIVE_REPEAT else repeat

    def _repeat_char(self, kind: Any, least: int, most: Any, is_match: Callable[[str], bool]) -> Node:
        """A repetition of a single character, which `re` runs through at once and then gives back one by one."""

        def repeat(position: int, continue_match: Continue) -> bool:
            limit = len(self.text) if most is op.MAXREPEAT else min(len(self.text), position + most)
            end = position
            while end < limit and is_match(self.text[end]):
                end += 1
            self._step(1 + end - position)
            if end - position < least:
                return False
            ends = range(end, position + least - 1, -1)
            if kind is op.POSSESSIVE_REPEAT:
                ends = ends[:1]
            for one in reversed(ends) if kind is op.MIN_REPEAT else ends:
                self._step()
                if continue_match(one):
                    return True
            return False

        return repeat

    def _group(self, group: int | None, body: Node) -> Node:
        def match(position: int, continue_match: Continue) -> bool:
            def close(end: int) -> bool:
                if group is not None:
                    self.groups[group] = position, end
                return continue_match(end)

            return body(position, close)

        return match

    def _atomic(self, body: Node) -> Node:
        def match(position: int, continue_match: Continue) -> bool:
            ends: list[int] = []
            return body(position, lambda end: not ends.append(end)) and continue_match(ends[0])  # type: ignore[func-returns-value]

        return match

    def _assertion(self, wanted: bool, direction: int, inner: Any, flags: int) -> Node:
        body = self._sequence(list(inner), flags)
        width = inner.getwidth()[0] if direction < 0 else 0

        def match(position: int, continue_match: Continue) -> bool:
            self._step()
            is_match = position >= width and body(position - width, lambda _end: True)
            return is_match == wanted and continue_match(position)

        return match

    def _at(self, where: Any) -> Node:
        def is_word(position: int) -> bool:
            return 0 <= position < len(self.text) and _CATEGORIES[op.CATEGORY_WORD](self.text[position])

        def match(position: int, continue_match: Continue) -> bool:
            self._step()
            if where in {op.AT_BEGINNING, op.AT_BEGINNING_STRING}:
                is_true = position == 0
            elif where in {op.AT_END, op.AT_END_STRING}:
                is_true = position == len(self.text)
            else:
                is_true = (is_word(position - 1) != is_word(position)) == (where is op.AT_BOUNDARY)
            return is_true and continue_match(position)

        return match

    def _reference(self, group: int) -> Node:
        def match(position: int, continue_match: Continue) -> bool:
            start, end = self.groups.get(group, (0, 0))
            self._step(1 + end - start)
            return self.text.startswith(self.text[start:end], position) and continue_match(position + end - start)

        return match
