"""Detect the format of a log: the one that can parse most of its first lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from logs.formats.log_format import ACTION, Format, Item, LogLine, NumberedLine, ParseContext, UnparsedLine
from logs.formats.numbered_lines import PrivateLogError, UnreadableError
from logs.formats.registry import FORMATS

SAMPLE_LINES = 400
"""How many lines are parsed with each format."""

QUICK_SAMPLE_LINES = 30
"""How many lines are enough to see that a file has the format of its neighbour."""

PREVIEW_LINES = 3
"""How many parsed lines a person is shown."""

MIN_UNDERSTOOD_SHARE = 0.9
"""The share of lines that has to be parsed for a detected format to be certain."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The detected format with its reason; None if no line could be parsed.

    `is_certain`: no person needs to confirm it. An empty file is certain to have no format. `is_ambiguous`: several
    formats parse the lines equally well.
    """

    format: Format | None
    is_certain: bool
    reason: str
    sample: Sequence[LogLine] = ()
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class _Attempt:
    format: Format
    items: list[Item]

    @property
    def lines(self) -> list[LogLine]:
        return [item for item in self.items if isinstance(item, LogLine)]

    @property
    def content(self) -> list[LogLine]:
        """The lines without blanks at their ends, which some formats keep and others do not."""
        return [line._replace(text=line.text.rstrip()) for line in self.lines]

    @property
    def parsed_count(self) -> int:
        return sum(not isinstance(item, UnparsedLine) for item in self.items)

    @property
    def share(self) -> float:
        # Lines of a known shape without a day tell nothing against the format, and are no lines of it either.
        count = sum(not (isinstance(item, UnparsedLine) and item.reason) for item in self.items)
        return self.parsed_count / count if count else 0.0

    @property
    def rank(self) -> tuple[float, int, bool]:
        """The better format ranks higher: more lines parsed, then more events recognised, then made for one program."""
        return self.share, sum(line.kind > ACTION for line in self.lines), not self.format.generic


def detect_format(lines: Iterable[NumberedLine], source: ParseContext, first: Format | None = None) -> Guess:
    """Detect the format of a log that begins with these lines.

    `first`, the format of a neighbouring file, is taken if it parses all of the first lines, or if no other format
    parses more. UnreadableError when a format fits but the day is not known.
    """
    filled = ((number, text) for number, text in lines if text.strip())
    sample = list(islice(filled, QUICK_SAMPLE_LINES))
    if not sample:
        return Guess(None, True, "it is empty")
    # A folder usually has one format: a few lines of the neighbour's format are enough, which saves fifteen attempts.
    if first and (attempt := _try_format(first, sample, source)) and attempt.share == 1:
        return Guess(first, True, _describe(attempt), attempt.lines[:PREVIEW_LINES])
    sample += islice(filled, SAMPLE_LINES - QUICK_SAMPLE_LINES)
    unreadable: list[UnreadableError] = []
    known = [first, *FORMATS.values()] if first else list(FORMATS.values())
    attempts = sorted(filter(None, (_try_format(each, sample, source, unreadable) for each in known)), key=_sort_key)
    if not attempts or not attempts[0].parsed_count:
        if unreadable:
            raise unreadable[0]
        return Guess(None, False, "no line of it is of a known format")
    best = attempts[0]
    # A rival parses as much as the best format, but into different lines: only a person can decide.
    rivals = [attempt for attempt in attempts[1:] if attempt.rank >= best.rank and attempt.content != best.content]
    if rivals and best.format is not first:
        names = " or ".join(attempt.format.title for attempt in rivals)
        reason = f"{_describe(best)}, but it might as well be {names}"
        return Guess(best.format, False, reason, best.lines[:PREVIEW_LINES], is_ambiguous=True)
    return Guess(best.format, best.share >= MIN_UNDERSTOOD_SHARE, _describe(best), best.lines[:PREVIEW_LINES])


def _sort_key(attempt: _Attempt) -> tuple[float, int, bool]:
    share, events, special = attempt.rank
    return -share, -events, not special


def _try_format(
    known: Format, sample: Sequence[NumberedLine], source: ParseContext, unreadable: list[UnreadableError] | None = None
) -> _Attempt | None:
    try:
        return _Attempt(known, list(known.parse(sample, source)))
    except PrivateLogError:
        raise
    except UnreadableError as error:
        if unreadable is not None:
            unreadable.append(error)
        return None


def _describe(attempt: _Attempt) -> str:
    return f"{attempt.format.title}: {attempt.parsed_count} of the first {len(attempt.items)} lines understood"
