"""The parts of a long today that strangers share: each is rendered once as long as its lines stay as they are.

Every request reads the lines that its visitor may read. A part is found in memory by a digest of all that its markup
depends on, so that after a removal, an opt-out or a new line in between it is rendered anew. The newest part is always
rendered anew.
"""

from __future__ import annotations

import hashlib
import marshal
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from logs.active_language import current_language
from logs.archive import DayLine
from logs.greenlets import with_pauses
from logs.line_grouping import FOLDED
from logs.line_texts import line_texts
from logs.models import Fill, Gap
from logs.render import SAID, render_line
from logs.views.http.page_cache import KeptPage, get_page_cache

PART_LINES = 250
"""A part begins with a line whose id is a multiple, or after it: the same line, however many lines follow."""

COMPRESSION_LEVEL = 1

Render = Callable[[Sequence[DayLine], Sequence[Gap], str | None], Iterator[str]]
"""Renders lines and gaps; the last argument is who said the line before them, if that was speech."""


@dataclass(frozen=True, slots=True)
class Day:
    """What is on the page of a day, in reading order, as `iterate_blocks` takes it."""

    url: str
    lines: Sequence[DayLine]
    gaps: Sequence[Gap]
    bridges: Collection[str]
    bots: Collection[str]
    fills: Sequence[Fill]
    replies: Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Part:
    lines: Sequence[DayLine]
    gaps: Sequence[Gap]
    speaker: str | None


def render_shared(day: Day, render: Render) -> Iterator[str]:
    """Yield what `render` yields for all of the day, with all but the newest part from memory where it is there.

    `render` must depend on nothing but the day and the language.
    """
    *earlier, newest = _split(day)
    for part in with_pauses(earlier):
        yield _find_or_render(day, part, render)
    yield from render(newest.lines, newest.gaps, newest.speaker)


def _split(day: Day) -> list[_Part]:
    """Return the parts of a day, at least one. A fold is never split."""
    starts, is_due = [0], False
    for place, line in enumerate(day.lines):
        is_due = is_due or line.id % PART_LINES == 0
        if is_due and line.kind not in FOLDED:
            is_due = False
            if place:
                starts.append(place)
    gaps = sorted(day.gaps, key=lambda gap: gap.from_at, reverse=True)
    parts: list[_Part] = []
    for start, end in zip(starts, [*starts[1:], len(day.lines)], strict=True):
        lines = day.lines[start:end]
        own = []
        # A gap stands before the first line after its start, the last ones at the end.
        while gaps and (end == len(day.lines) or gaps[-1].from_at < lines[-1].at):
            own.append(gaps.pop())
        parts.append(_Part(lines, own, _speaker(day, day.lines[start - 1]) if start else None))
    return parts


def _speaker(day: Day, line: DayLine) -> str | None:
    return render_line(line, day.bridges, day.bots, line_texts()).nick if line.kind in SAID else None


def _find_or_render(day: Day, part: _Part, render: Render) -> str:
    cache = get_page_cache()
    address = f"part {current_language()} {day.url} {part.lines[0].id}"
    digest = _digest(day, part)
    if page := cache.find(address, digest):
        return zlib.decompress(page.compressed).decode()
    markup = "\n".join(render(part.lines, part.gaps, part.speaker))
    cache.keep(address, KeptPage(digest, (), zlib.compress(markup.encode(), COMPRESSION_LEVEL), monotonic()))
    return markup


def _digest(day: Day, part: _Part) -> str:
    content = (
        day.url,
        part.speaker,
        sorted(day.bridges),
        sorted(day.bots),
        [(line.id, line.at.timestamp(), line.kind, line.nick, line.text, line.target) for line in part.lines],
        [(gap.pk, gap.from_at.timestamp(), gap.to_at and gap.to_at.timestamp(), gap.reason) for gap in part.gaps],
        [(fill.first, fill.last, fill.name) for fill in day.fills],
        [(line.id, *day.replies[line.id]) for line in part.lines if line.id in day.replies],
    )
    # Without references to equal objects (version 2), so that equal content has equal bytes.
    return hashlib.blake2b(marshal.dumps(content, 2), digest_size=20).hexdigest()
