"""Which format a log is of: the one that understands most of its beginning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from logs.formats.log_format import ACTION, Format, Item, LogLine, NumberedLine, ParseContext, UnparsedLine
from logs.formats.numbered_lines import UnreadableError
from logs.formats.registry import FORMATS

SAMPLE_LINES = 400
"""Lines of a beginning."""

QUICK_SAMPLE_LINES = 30
"""So many are enough where they are written as those of the file before."""

PREVIEW_LINES = 3
"""Lines of a sample."""

MIN_UNDERSTOOD_SHARE = 0.9
"""The share of lines that has to be understood for a guess to be is_certain."""


@dataclass(frozen=True, slots=True)
class Guess:
    """`format` is None when no line was understood, or there is none. `is_certain`: whether to go on without asking."""

    format: Format | None
    is_certain: bool
    reason: str
    sample: Sequence[LogLine] = ()


@dataclass(frozen=True, slots=True)
class _Attempt:
    format: Format
    items: list[Item]

    @property
    def lines(self) -> list[LogLine]:
        return [item for item in self.items if isinstance(item, LogLine)]

    @property
    def understood(self) -> int:
        return sum(not isinstance(item, UnparsedLine) for item in self.items)

    @property
    def share(self) -> float:
        return self.understood / len(self.items) if self.items else 0.0

    @property
    def rank(self) -> tuple[float, int, bool]:
        """Where two understand the same lines, the one that knows more events by name is right."""
        return self.share, sum(line.kind > ACTION for line in self.lines), not self.format.generic


def detect_format(lines: Iterable[NumberedLine], source: ParseContext, first: Format | None = None) -> Guess:
    """The format of a log that begins with these lines. `first`, that of its neighbour, is taken if it explains the
    very first of them, or if no other one explains more.

    UnreadableError when the day of a log that else is understood is not known.
    """
    told = ((number, text) for number, text in lines if text.strip())
    sample = list(islice(told, QUICK_SAMPLE_LINES))
    if not sample:
        return Guess(None, True, "it is empty")
    if first and (trial := _try_format(first, sample, source)) and trial.share == 1:
        return Guess(first, True, _describe(trial), trial.lines[:PREVIEW_LINES])
    sample += islice(told, SAMPLE_LINES - QUICK_SAMPLE_LINES)
    unreadable: list[UnreadableError] = []
    known = [first, *FORMATS.values()] if first else list(FORMATS.values())
    trials = sorted(filter(None, (_try_format(each, sample, source, unreadable) for each in known)), key=_sort_key)
    if not trials or not trials[0].understood:
        if unreadable:
            raise unreadable[0]
        return Guess(None, False, "no line of it is of a known format")
    best = trials[0]
    rivals = [trial for trial in trials[1:] if trial.rank >= best.rank and trial.lines != best.lines]
    if rivals and best.format is not first:
        names = " or ".join(trial.format.title for trial in rivals)
        return Guess(
            best.format, False, f"{_describe(best)}, but it might as well be {names}", best.lines[:PREVIEW_LINES]
        )
    return Guess(best.format, best.share >= MIN_UNDERSTOOD_SHARE, _describe(best), best.lines[:PREVIEW_LINES])


def _sort_key(trial: _Attempt) -> tuple[float, int, bool]:
    share, events, special = trial.rank
    return -share, -events, not special


def _try_format(
    known: Format, sample: Sequence[NumberedLine], source: ParseContext, unreadable: list[UnreadableError] | None = None
) -> _Attempt | None:
    try:
        return _Attempt(known, list(known.parse(sample, source)))
    except UnreadableError as error:
        if unreadable is not None:
            unreadable.append(error)
        return None


def _describe(trial: _Attempt) -> str:
    return f"{trial.format.title}: {trial.understood} of the first {len(trial.items)} lines understood"
