"""Marks lines that hold words which their reader chose: in streams, and the same lines on pages.

A stream with marks has all lines, as others have, but shares no bytes with them. Imports no models, because realtime
processes use it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from markupsafe import Markup

from logs.live.line_filter import FilteredLine, LineFilter, is_line, matches_event, read_data, read_line
from logs.live.sse import Event, encode_block
from logs.live.streams import Stream
from logs.search.query_parser import Query, parse
from logs.text.markup import HIGHLIGHTED

TEXT_START = '<span class="text">'


class Marks(NamedTuple):
    """The words of a reader, as they are typed into a search, and the reader's own nick, whose lines do not count."""

    words: tuple[str, ...]
    own_nick: str = ""

    def mark(self, record: dict[str, str | None], html: Markup) -> Markup | None:
        """Return the markup of a line's text with the words marked; None for a line that holds none of them.

        `record` has what a filter compares (FilteredLine).
        """
        line_filter, line = _make_filter(self), FilteredLine(record)
        return Markup(line_filter.highlight(html, line)) if line_filter.matches(line) else None  # noqa: S704


def make_query(words: Sequence[str], own_nick: str = "") -> Query:
    """Return the query for lines that hold one of the words."""
    terms = [term for word in words for group in parse(word).groups for term in group]
    return Query(groups=[terms] if terms else [], without_nicks=[own_nick] if own_nick else [])


class MarkedStream(Stream):
    """A stream whose lines are marked for its reader."""

    shares_bytes = False

    __slots__ = ("marks",)

    def __init__(self, *args: Any, marks: Marks, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.marks = marks

    def encode(self, events: Sequence[Event]) -> bytes:
        line_filter = _make_filter(self.marks)
        return b"".join([_encode(event, line_filter) for event in events])


@lru_cache(maxsize=256)
def _make_filter(marks: Marks) -> LineFilter:
    return LineFilter(make_query(marks.words, marks.own_nick))


def _encode(event: Event, line_filter: LineFilter) -> bytes:
    if not is_line(event) or not matches_event(line_filter, event.record):
        return event.block
    data = read_data(event.block)
    head, start, text = data["html"].partition(TEXT_START)
    # As logs.render writes a line that is highlighted.
    head = head.replace('" id="', f' {HIGHLIGHTED}" id="', 1)
    return encode_block(
        event.id, "line", at=data["at"], html=head + start + line_filter.highlight(text, read_line(event.record))
    )
