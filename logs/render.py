"""How a line looks, as HTML and as text. Nothing else decides that: pages, live and searches all ask here.

The markup stands in templates/_line.html; this module says which words and names go into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple, Protocol

from django.template import engines
from jinja2 import Environment
from markupsafe import Markup, escape

from logs.models import Gap, Kind
from logs.text.markup import text_html
from logs.text.mirc import strip
from logs.text.nicks import nick_class

SAID = frozenset({Kind.MESSAGE.value, Kind.ACTION.value, Kind.NOTICE.value})
FOLDED = frozenset({Kind.JOIN.value, Kind.PART.value, Kind.QUIT.value, Kind.REMOVED.value, Kind.UNLOGGED.value})

_NAMES: dict[int, str] = {kind.value: kind.name.lower() for kind in Kind}
_WORDS: dict[int, str] = {Kind.JOIN: "joined", Kind.PART: "left", Kind.QUIT: "quit", Kind.KICK: "was kicked by"}
_WORDS |= {Kind.REMOVED: "line removed", Kind.UNLOGGED: "somebody who is not logged spoke"}
_NAME = Markup('<bdi class="{}">{}</bdi>')
_TEXT = Markup("<bdi>{}</bdi>")


class AnyLine(Protocol):
    """What has to be known of a line to draw it: a `Line`, or as much of one."""

    @property
    def id(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> int: ...
    @property
    def nick(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def target(self) -> str | None: ...


class Drawn(NamedTuple):
    """The words of a line as templates/_line.html sets them: "`subject` `html`" reads as a sentence."""

    id: int
    at: str
    kind: str
    nick: str
    subject: str
    colour: str
    html: Markup


def line_html(line: AnyLine, channel_url: str, *, same: bool = False) -> Markup:
    """The markup of one line, whatever stands around it. `same`: it goes on a run of lines by one speaker."""
    return _macro()(draw(line), channel_url, same)


def line_text(line: AnyLine) -> str:
    """One line of the text form, without formatting and without a line's end."""
    clock = f"[{line.at.astimezone(UTC):%H:%M:%S}]"
    text = strip(line.text)
    match line.kind:
        case Kind.MESSAGE:
            return f"{clock} <{line.nick}> {text}"
        case Kind.NOTICE:
            return f"{clock} -{line.nick}- {text}"
        case Kind.ACTION:
            return f"{clock} * {line.nick} {text}"
    event = _event(line)
    parts = [clock, "***", _subject(line), event.words, event.name, strip(event.text)]
    return " ".join(part for part in parts if part)


def draw(line: AnyLine) -> Drawn:
    if line.kind in SAID:
        subject, html = line.nick, text_html(line.text)
    else:
        subject, html = _subject(line), _event_html(_event(line))
    at = line.at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    return Drawn(line.id, at, _NAMES[line.kind], line.nick, subject, nick_class(subject), html)


def _subject(line: AnyLine) -> str:
    return (line.target or "") if line.kind == Kind.KICK else line.nick


class _Event(NamedTuple):
    """What is said of the subject; `text` holds what someone typed, formatting and all."""

    words: str
    name: str = ""
    text: str = ""


def _event(line: AnyLine) -> _Event:
    match line.kind:
        case Kind.NICK:
            return _Event("is now known as", name=line.target or "")
        case Kind.MODE:
            return _Event("set mode", text=line.text)
        case Kind.TOPIC:
            return _Event("changed the topic to:" if line.text else "removed the topic", text=line.text)
    name = line.nick if line.kind == Kind.KICK else ""
    return _Event(_WORDS[line.kind], name, f"({line.text}\x0f)" if line.text else "")


def _event_html(event: _Event) -> Markup:
    if not event.name and not event.text:
        return escape(event.words)
    name = _NAME.format(nick_class(event.name), event.name) if event.name else ""
    text = _TEXT.format(text_html(event.text)) if event.text else ""
    return Markup(" ").join(part for part in (event.words, name, text) if part)


@cache
def _macro() -> Callable[[Drawn, str, bool], Markup]:
    environment: Environment = engines["jinja2"].env  # type: ignore[attr-defined]
    macro: Callable[[Drawn, str, bool], Markup] = environment.get_template("_line.html").module.line  # type: ignore[attr-defined]
    return macro


@dataclass(slots=True)
class Block:
    """Neighbouring lines that are drawn alike. `sort` is "lines", "fold" or "gap"; `words` head a fold or tell a gap.

    Each row is a line and whether it goes on a run: the line before it, whatever stands between, was said by the same
    nick, and so is this one.
    """

    sort: str
    words: str = ""
    rows: list[tuple[Drawn, bool]] = field(default_factory=list)


def arrange(lines: Iterable[AnyLine], gaps: Iterable[Gap] = ()) -> list[Block]:
    """Lines in their order, in blocks; a gap stands before the first line that is later than its beginning."""
    blocks = [Block("lines")]
    waiting = sorted(gaps, key=lambda gap: gap.from_at, reverse=True)
    speaker = None
    for line in lines:
        while waiting and waiting[-1].from_at < line.at:
            blocks.append(Block("gap", gap_words(waiting.pop())))
        sort = "fold" if line.kind in FOLDED else "lines"
        if blocks[-1].sort != sort:
            blocks.append(Block(sort))
        said_by = line.nick if line.kind in SAID else None
        blocks[-1].rows.append((draw(line), said_by is not None and said_by == speaker))
        speaker = said_by
    blocks += [Block("gap", gap_words(gap)) for gap in reversed(waiting)]
    for block in blocks:
        if block.sort == "fold":
            block.words = fold_words([drawn.kind for drawn, _ in block.rows])
    return [block for block in blocks if block.words or block.rows]


def fold_words(kinds: list[str]) -> str:
    """What heads a fold: "5 joined, 3 left, 2 removed". static/js/live.js says the same."""
    joined = kinds.count("join")
    removed, unlogged = kinds.count("removed"), kinds.count("unlogged")
    left = len(kinds) - joined - removed - unlogged
    words = [(joined, "joined"), (left, "left"), (removed, "removed"), (unlogged, "not logged")]
    return ", ".join(f"{count} {word}" for count, word in words if count)


def gap_words(gap: Gap) -> str:
    """For example "Not recorded 10:02–10:05: connection lost"; times are UTC."""
    start = gap.from_at.astimezone(UTC)
    if gap.to_at is None:
        return f"Not recorded since {start:%H:%M}: {gap.get_reason_display()}"
    end = gap.to_at.astimezone(UTC)
    days = "" if start.date() == end.date() else "%Y-%m-%d "
    return f"Not recorded {start:{days}%H:%M}–{end:{days}%H:%M}: {gap.get_reason_display()}"
