"""Results in their surroundings: each line with the CONTEXT lines before and after it, neighbours in one passage.

A passage reads downwards and passages come newest first; so that this stays so where every line is a result, a passage
holds at most MOST_RESULTS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from logs.archive import DayLine
from logs.search.asking import Found, TooSlowError, asking
from logs.search.sql import WORDY

CONTEXT = 2
MOST_RESULTS = 10
SECONDS = 0.5


@dataclass(slots=True)
class Passage:
    """Lines of one channel in reading order; `found` are the ids of the results among them."""

    channel: int
    lines: list[DayLine]
    found: set[int]

    @property
    def newest(self) -> DayLine:
        """The result that was said last."""
        return next(line for line in reversed(self.lines) if line.id in self.found)


def passages(results: Sequence[Found]) -> list[Passage]:
    """The results, which come newest first, in passages in the same order."""
    found: list[Passage] = []
    shown: list[DayLine] = []  # what stands above the last passage and goes on into it
    for result, lines in zip(results, _surroundings(results), strict=True):
        last = found[-1] if found else None
        if last is None or last.channel != result.channel_id or _place(lines[-1]) < _place(last.lines[0]):
            shown = []
            found.append(Passage(result.channel_id, lines, {result.id}))
        elif len(last.found) < MOST_RESULTS:
            last.lines = sorted({*lines, *last.lines}.difference(shown), key=_place)
            last.found.add(result.id)
        else:
            last.lines = shown = [line for line in last.lines if _place(line) > (result.at, result.id)]
            found.append(Passage(last.channel, [line for line in lines if line not in shown], {result.id}))
    return found


# Ordered by time and id, as days are read; what only came and went is no context.
_QUERY = """
SELECT hit.number, line.* FROM unnest(%s::int[], %s::int[], %s::timestamptz[]) WITH ORDINALITY
    AS hit (channel, id, at, number),
LATERAL (
    (SELECT id, at, kind, nick, text, target FROM logs_line WHERE channel_id = hit.channel
     AND at <= hit.at AND (at, id) < (hit.at, hit.id) AND kind = ANY(%s) ORDER BY at DESC, id DESC LIMIT %s)
    UNION ALL
    (SELECT id, at, kind, nick, text, target FROM logs_line WHERE channel_id = hit.channel
     AND at >= hit.at AND (at, id) > (hit.at, hit.id) AND kind = ANY(%s) ORDER BY at, id LIMIT %s)
) AS line
"""


def _surroundings(results: Sequence[Found]) -> list[list[DayLine]]:
    """For each result itself and its context, in reading order."""
    around = [[DayLine(line.id, line.at, line.kind, line.nick, line.text, line.target)] for line in results]
    if results:
        kinds = [kind.value for kind in WORDY]
        columns: list[list[object]] = [list(column) for column in zip(*map(_key, results), strict=True)]
        try:
            with asking(SECONDS) as ask:
                for number, *line in ask.execute(_QUERY, [*columns, kinds, CONTEXT, kinds, CONTEXT]):
                    around[number - 1].append(DayLine._make(line))
        except TooSlowError:
            pass  # thousands of lines of the same moment: the results come without context
    return [sorted(lines, key=_place) for lines in around]


def _place(line: DayLine) -> tuple[object, int]:
    return line.at, line.id


def _key(line: Found) -> tuple[int, int, datetime]:
    return line.channel_id, line.id, line.at
