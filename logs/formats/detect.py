"""Which format a log is of: the one that understands most of its beginning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from logs.formats.base import ACTION, Format, Item, LogLine, Numbered, Source, Unparsed
from logs.formats.numbered_lines import UnreadableError
from logs.formats.registry import FORMATS

SAMPLE = 400
"""Lines of a beginning."""

GLANCE = 30
"""So many are enough where they are written as those of the file before."""

SHOWN = 3
"""Lines of a sample."""

ENOUGH = 0.9
"""The share of lines that has to be understood for a guess to be sure."""


@dataclass(frozen=True, slots=True)
class Guess:
    """`format` is None when no line was understood, or there is none. `sure`: whether to go on without asking."""

    format: Format | None
    sure: bool
    why: str
    sample: Sequence[LogLine] = ()


@dataclass(frozen=True, slots=True)
class _Trial:
    format: Format
    items: list[Item]

    @property
    def lines(self) -> list[LogLine]:
        return [item for item in self.items if isinstance(item, LogLine)]

    @property
    def understood(self) -> int:
        return sum(not isinstance(item, Unparsed) for item in self.items)

    @property
    def share(self) -> float:
        return self.understood / len(self.items) if self.items else 0.0

    @property
    def rank(self) -> tuple[float, int, bool]:
        """Where two understand the same lines, the one that knows more events by name is right."""
        return self.share, sum(line.kind > ACTION for line in self.lines), not self.format.generic


def detect(lines: Iterable[Numbered], source: Source, first: Format | None = None) -> Guess:
    """The format of a log that begins with these lines. `first`, that of its neighbour, is taken if it explains the
    very first of them, or if no other one explains more.

    UnreadableError when the day of a log that else is understood is not known.
    """
    told = ((number, text) for number, text in lines if text.strip())
    sample = list(islice(told, GLANCE))
    if not sample:
        return Guess(None, True, "it is empty")
    if first and (trial := _trial(first, sample, source)) and trial.share == 1:
        return Guess(first, True, _told(trial), trial.lines[:SHOWN])
    sample += islice(told, SAMPLE - GLANCE)
    unreadable: list[UnreadableError] = []
    known = [first, *FORMATS.values()] if first else list(FORMATS.values())
    trials = sorted(filter(None, (_trial(each, sample, source, unreadable) for each in known)), key=_order)
    if not trials or not trials[0].understood:
        if unreadable:
            raise unreadable[0]
        return Guess(None, False, "no line of it is of a known format")
    best = trials[0]
    rivals = [trial for trial in trials[1:] if trial.rank >= best.rank and trial.lines != best.lines]
    if rivals and best.format is not first:
        names = " or ".join(trial.format.title for trial in rivals)
        return Guess(best.format, False, f"{_told(best)}, but it might as well be {names}", best.lines[:SHOWN])
    return Guess(best.format, best.share >= ENOUGH, _told(best), best.lines[:SHOWN])


def _order(trial: _Trial) -> tuple[float, int, bool]:
    share, events, special = trial.rank
    return -share, -events, not special


def _trial(
    known: Format, sample: Sequence[Numbered], source: Source, unreadable: list[UnreadableError] | None = None
) -> _Trial | None:
    try:
        return _Trial(known, list(known.parse(sample, source)))
    except UnreadableError as error:
        if unreadable is not None:
            unreadable.append(error)
        return None


def _told(trial: _Trial) -> str:
    return f"{trial.format.title}: {trial.understood} of the first {len(trial.items)} lines understood"
