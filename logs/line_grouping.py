"""How lines stand together on a page: runs by one speaker, folded comings and goings, gaps.

static/js/line_grouping.js holds the same rules for live lines; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from markupsafe import Markup, escape

from logs.models import Fill, Gap, Kind
from logs.render import NETSPLIT, SAID, LineLike, RenderedLine, element_html, render_line

FOLDED = frozenset({Kind.JOIN.value, Kind.PART.value, Kind.QUIT.value, Kind.REMOVED.value, Kind.UNLOGGED.value})
_COUNTED = {
    "join": "joined",
    "part": "left",
    "quit": "left",
    NETSPLIT: "lost in a netsplit",
    "removed": "removed",
    "unlogged": "not logged",
}


@dataclass(slots=True)
class Block:
    """Neighbouring lines that are drawn alike. `sort` is "lines", "fold" or "gap"; `words` head a fold or tell a gap.

    Each row is a line and whether it goes on a run: the line before it, whatever stands between, was said by the same
    nick, and so is this one.
    """

    sort: str
    words: str = ""
    rows: list[tuple[RenderedLine, bool]] = field(default_factory=list)


def group_lines(
    lines: Iterable[LineLike], gaps: Iterable[Gap] = (), bridges: Collection[str] = (), fills: Collection[Fill] = ()
) -> list[Block]:
    """Lines in their order, in blocks; a gap stands before the first line that is later than its beginning. Lines of
    `fills` are drawn as such."""
    blocks = [Block("lines")]
    waiting = sorted(gaps, key=lambda gap: gap.from_at, reverse=True)
    speaker = None
    for line in lines:
        while waiting and waiting[-1].from_at < line.at:
            blocks.append(Block("gap", gap_html(waiting.pop())))
        sort = "fold" if line.kind in FOLDED else "lines"
        if blocks[-1].sort != sort:
            blocks.append(Block(sort))
        drawn = render_line(line, bridges)
        if fills:
            drawn = drawn._replace(source=find_source(line.id, fills))
        said_by = drawn.nick if line.kind in SAID else None
        blocks[-1].rows.append((drawn, said_by is not None and said_by == speaker))
        speaker = said_by
    blocks += [Block("gap", gap_html(gap)) for gap in reversed(waiting)]
    for block in blocks:
        if block.sort == "fold":
            block.words = fold_summary([drawn.kind for drawn, _ in block.rows])
    return [block for block in blocks if block.words or block.rows]


def find_source(number: int, fills: Iterable[Fill]) -> str:
    """What the log is called that a line is from; nothing if the bot heard it."""
    return next((fill.name for fill in fills if fill.first <= number <= fill.last), "")


def blocks_html(blocks: Iterable[Block], channel_url: str, marked: range = range(0)) -> Markup:
    """The markup of a page's lines; those whose ids are `marked` stand out."""
    return Markup("\n".join(_pieces(blocks, channel_url, marked)))  # noqa: S704  (its parts are escaped)


def _pieces(blocks: Iterable[Block], channel_url: str, marked: range) -> Iterator[str]:
    for block in blocks:
        if block.sort == "gap":
            yield f'<p class="gap" role="note"><span>{block.words}</span></p>'
            continue
        fold = block.sort == "fold"
        if fold:
            is_open = any(drawn.id in marked for drawn, _ in block.rows)
            yield f'<details class="fold"{" open" if is_open else ""}><summary>{block.words}</summary>'
        for drawn, same in block.rows:
            yield element_html(drawn, channel_url, same=same, marked=drawn.id in marked)
        if fold:
            yield "</details>"


def fold_summary(kinds: list[str]) -> str:
    """What heads a fold: "5 joined, 3 left, 2 removed". static/js/line_grouping.js says the same."""
    counts = dict.fromkeys(_COUNTED.values(), 0)
    for kind in kinds:
        counts[_COUNTED[kind]] += 1
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def gap_html(gap: Gap) -> Markup:
    """For example "Not recorded 10:02–10:05: connection lost"; times are UTC, for the reader's browser to change."""
    start = gap.from_at.astimezone(UTC)
    if gap.to_at is None:
        return Markup(f"Not recorded since {_time(start)}: {escape(gap.get_reason_display())}")  # noqa: S704
    end = gap.to_at.astimezone(UTC)
    dates = ("", "") if start.date() == end.date() else (f"{start:%Y-%m-%d} ", f"{end:%Y-%m-%d} ")
    times = f"{dates[0]}{_time(start)}–{dates[1]}{_time(end)}"
    return Markup(f"Not recorded {times}: {escape(gap.get_reason_display())}")  # noqa: S704


def _time(at: datetime) -> str:
    return f'<time datetime="{at:%Y-%m-%dT%H:%M:%S}Z">{at:%H:%M}</time>'
