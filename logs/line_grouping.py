"""Groups lines for a page: runs by one speaker, folded joins, parts, renames and modes, gaps; what readers can hide.

static/js/line_grouping.js holds the same rules for live lines; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.utils.translation import gettext
from markupsafe import Markup, escape

from logs.greenlets import with_pauses
from logs.line_texts import line_texts
from logs.localize import mark_plural, plural
from logs.models import Fill, Gap, Kind
from logs.render import NETSPLIT, SAID, LineLike, RenderedLine, element_html, render_line

FOLDED = frozenset(
    kind.value for kind in (Kind.JOIN, Kind.PART, Kind.QUIT, Kind.NICK, Kind.MODE, Kind.REMOVED, Kind.UNLOGGED)
)
_LEFT = mark_plural("%(count)s left", "%(count)s left")
_COUNTED = {
    "join": mark_plural("%(count)s joined", "%(count)s joined"),
    "part": _LEFT,
    "quit": _LEFT,
    NETSPLIT: mark_plural("%(count)s lost in a netsplit", "%(count)s lost in a netsplit"),
    "nick": mark_plural("%(count)s renamed", "%(count)s renamed"),
    "mode": mark_plural("%(count)s mode change", "%(count)s mode changes"),
    "removed": mark_plural("%(count)s removed", "%(count)s removed"),
    "unlogged": mark_plural("%(count)s not logged", "%(count)s not logged"),
}
"""What the summary of a fold says of one line of a kind, and of several."""

HIDEABLE: dict[str, frozenset[str]] = {
    "joins": frozenset({"join", "part", "quit", NETSPLIT}),
    "nicks": frozenset({"nick"}),
    "modes": frozenset({"mode"}),
    "notices": frozenset({"notice"}),
    "bots": frozenset(),
}
"""What a reader can hide, by its name in addresses, and the displayed kinds of these lines; bots are known by nick."""


@dataclass(slots=True)
class Block:
    """Consecutive lines that are displayed alike. `kind` is "lines", "fold" or "gap"; `label` is for folds and gaps.
    `gap` is the primary key of a gap.

    Each row is a line and whether it continues a run: the line before it, in this block or another, is by the same
    speaker.
    """

    kind: str
    label: str = ""
    gap: int = 0
    rows: list[tuple[RenderedLine, bool]] = field(default_factory=list)


def group_lines(
    lines: Iterable[LineLike],
    gaps: Iterable[Gap] = (),
    bridges: Collection[str] = (),
    fills: Collection[Fill] = (),
    replies: Mapping[int, tuple[int, int]] | None = None,
    *,
    bots: Collection[str] = (),
    hidden: Collection[str] = (),
) -> list[Block]:
    """Group lines, which are in reading order, into blocks. A gap stands before the first line after its start.

    Lines of `fills` are marked with the name of the log that they are from. `replies`: by line, which one it
    answers, and the confidence. `bots` holds the folded nicks of programs. Lines of the groups `hidden` (names of
    HIDEABLE) are left out.
    """
    return list(iterate_blocks(lines, gaps, bridges, fills, replies, bots=bots, hidden=hidden))


def iterate_blocks(
    lines: Iterable[LineLike],
    gaps: Iterable[Gap] = (),
    bridges: Collection[str] = (),
    fills: Collection[Fill] = (),
    replies: Mapping[int, tuple[int, int]] | None = None,
    *,
    bots: Collection[str] = (),
    hidden: Collection[str] = (),
    max_rows: int | None = None,
    mark: Callable[[LineLike, Markup], Markup | None] | None = None,
    speaker: str | None = None,
) -> Iterator[Block]:
    """Yield the blocks of `group_lines`, each when it is complete; one of lines has at most `max_rows`.

    `mark` is given each line and its markup, and returns the markup with the reader's words marked if the line has any.
    `speaker` said the line before the first one.
    Lets other greenlets run in between.
    """
    hidden_kinds = {kind for name in hidden for kind in HIDEABLE[name]}
    hides_bots = "bots" in hidden
    # The earliest gap last, where `pop` takes it.
    pending_gaps = sorted(gaps, key=lambda gap: gap.from_at, reverse=True)
    block, texts = Block("lines"), line_texts()
    for line in with_pauses(lines):
        while pending_gaps and pending_gaps[-1].from_at < line.at:
            yield from _complete(block)
            block = _gap_block(pending_gaps.pop())
        rendered = render_line(line, bridges, bots, texts)
        if rendered.kind in hidden_kinds or (hides_bots and rendered.is_bot):
            continue
        kind = "fold" if line.kind in FOLDED else "lines"
        if block.kind != kind or (kind == "lines" and len(block.rows) == max_rows):
            yield from _complete(block)
            block = Block(kind)
        if fills:
            rendered = rendered._replace(source=find_source(line.id, fills))
        if replies and (reply := replies.get(line.id)):
            rendered = rendered._replace(reply_to=reply[0], confidence=reply[1])
        if mark and (marked := mark(line, rendered.html)) is not None:
            rendered = rendered._replace(html=marked, is_highlighted=True)
        # A join or a topic ends a run: the next message shows its nick again.
        nick = rendered.nick if line.kind in SAID else None
        block.rows.append((rendered, nick is not None and nick == speaker))
        speaker = nick
    yield from _complete(block)
    yield from (_gap_block(gap) for gap in reversed(pending_gaps))


def _gap_block(gap: Gap) -> Block:
    return Block("gap", gap_label(gap), gap.pk)


def _complete(block: Block) -> Iterator[Block]:
    """Yield a block to which no row is added any more, unless it is empty."""
    if block.kind == "fold":
        block.label = fold_summary([rendered.kind for rendered, _ in block.rows])
    if block.label or block.rows:
        yield block


def find_source(number: int, fills: Iterable[Fill]) -> str:
    """Return the name of the log that a line was imported from to fill a gap; empty if the bot recorded it."""
    return next((fill.name for fill in fills if fill.first <= number <= fill.last), "")


def blocks_html(
    blocks: Iterable[Block],
    channel_url: str,
    marked: range = range(0),
    highlight: Callable[[Markup], Markup] | None = None,
    *,
    moderated: bool = False,
) -> Markup:
    """Return the markup of the blocks; lines whose ids are in `marked` are highlighted.

    `highlight` does the same for words in the text of these lines. `moderated`: each line has a link to its
    moderators' page.
    """
    pieces = iterate_html(blocks, channel_url, marked, highlight, moderated=moderated)
    return Markup("\n".join(pieces))  # noqa: S704  (its parts are escaped)


def iterate_html(
    blocks: Iterable[Block],
    channel_url: str,
    marked: range = range(0),
    highlight: Callable[[Markup], Markup] | None = None,
    *,
    moderated: bool = False,
) -> Iterator[str]:
    """Yield the lines of the markup that `blocks_html` returns."""
    texts = line_texts()
    for block in blocks:
        if block.kind == "gap":
            yield _gap_element(block.gap, block.label)
            continue
        is_fold = block.kind == "fold"
        if is_fold:
            is_open = any(rendered.id in marked for rendered, _ in block.rows)
            yield f'<details class="fold"{" open" if is_open else ""}><summary>{block.label}</summary>'
        for rendered, same in with_pauses(block.rows):
            is_marked = rendered.id in marked
            if is_marked and highlight:
                rendered = rendered._replace(html=highlight(rendered.html))  # noqa: PLW2901
            yield element_html(rendered, channel_url, same=same, marked=is_marked, moderated=moderated, texts=texts)
        if is_fold:
            yield "</details>"


def fold_summary(kinds: list[str]) -> str:
    """Return the summary of a fold, "5 joined, 1 mode change"; static/js/line_grouping.js writes the same."""
    counts = dict.fromkeys(_COUNTED.values(), 0)
    for kind in kinds:
        counts[_COUNTED[kind]] += 1
    return ", ".join(plural(*words, count) for words, count in counts.items() if count)


def gap_html(gap: Gap) -> str:
    """Return the markup of a gap; static/js/line_list.js knows it by `data-gap`."""
    return _gap_element(gap.pk, gap_label(gap))


def _gap_element(number: int, label: str) -> str:
    return f'<p class="gap" role="note" data-gap="{number}"><span>{label}</span></p>'


def gap_label(gap: Gap) -> Markup:
    """Return for example "Not recorded 10:02–10:05: connection lost"; the reader's browser converts the UTC times."""
    start = gap.from_at.astimezone(UTC)
    if gap.to_at is None:
        sentence = escape(gettext("Not recorded since %(time)s: %(reason)s"))
        return sentence % {"time": _time(start), "reason": gap.get_reason_display()}
    end = gap.to_at.astimezone(UTC)
    dates = ("", "") if start.date() == end.date() else (f"{start:%Y-%m-%d} ", f"{end:%Y-%m-%d} ")
    times = Markup("{}{}–{}{}").format(dates[0], _time(start), dates[1], _time(end))
    return escape(gettext("Not recorded %(times)s: %(reason)s")) % {"times": times, "reason": gap.get_reason_display()}


def _time(at: datetime) -> Markup:
    return Markup('<time datetime="{}Z">{}</time>').format(f"{at:%Y-%m-%dT%H:%M:%S}", f"{at:%H:%M}")
