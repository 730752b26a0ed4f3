"""Filters of live lines: a query of the search grammar that a line matches exactly when the search would find it.

Streams with the same query share one filter, which matches each line once. What limits the cost of a filter is the
length of its query and the number of its terms. Filtered streams are sent only the lines that match.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Any

from markupsafe import Markup

from logs.live.sse import Event, encode_events, live_block
from logs.live.streams import Stream
from logs.search.highlight import HighlightPattern, highlight, highlight_pattern, link_pattern, term_pattern
from logs.search.query_parser import Query, Term, parse
from logs.text.names import fold as fold_nick
from logs.text.words import SEPARATORS, UNSEGMENTED, fold, fold_exactly

MAX_CHARACTERS = 200
MAX_TERMS = 10

_WORD_KINDS = frozenset({"message", "action", "notice", "topic"})
"""The kinds that are searched unless a query names others (logs/search/sql.py)."""

_BORDER = f"[^{SEPARATORS}{UNSEGMENTED}]"


class FilterError(Exception):
    """The query is no filter; the text is for the client."""


class TermPattern:
    """Finds one of several terms: in folded text, and those in quotes where accents count."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._terms = terms
        self._words = tuple(map(_longest_word, terms))

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
        # Compiling takes milliseconds, and a page that only asks whether it can be followed needs none of it.
        folded, exact = (_compile([term for term in self._terms if term.quoted == quoted]) for quoted in (False, True))
        return folded, exact

    def is_in(self, line: FilteredLine) -> bool:
        # Comparing characters takes a hundredth of what the expressions take, and most lines end here.
        if not any(word in line.without_apostrophes for word in self._words):
            return False
        folded, exact = self._patterns
        in_folded = folded is not None and folded.search(line.folded) is not None
        return in_folded or (exact is not None and exact.search(line.exact) is not None)


class FilteredLine:
    """The fields of a line that filters compare, from its record; the text is folded when a filter needs it."""

    def __init__(self, record: dict[str, str | None]) -> None:
        self.kind = record["kind"]
        self.nick = _fold_nick(record["nick"] or "")
        self.said = record["raw"] or ""
        self.text = self.said if record["target"] is None else f"{self.said} {record['target']}"

    @cached_property
    def folded(self) -> str:
        return fold(self.text)

    @cached_property
    def without_apostrophes(self) -> str:
        """As words have them: in a text they may be there or not."""
        return self.folded.replace("'", "")

    @cached_property
    def exact(self) -> str:
        return fold_exactly(self.text)

    @property
    def has_link(self) -> bool:
        return self.kind in _WORD_KINDS and ("://" in self.said or "www." in self.said.lower())


class LineFilter:
    """Decides which events a filtered stream is sent: the lines that match, and everything that is no line."""

    def __init__(self, query: Query) -> None:
        self._kinds = frozenset(query.kinds) or _WORD_KINDS
        self._nicks = frozenset(map(_fold_nick, query.nicks))
        self._without_nicks = frozenset(map(_fold_nick, query.without_nicks))
        self._needs_link = query.link
        self._groups = [TermPattern(group) for group in query.groups]
        self._without = TermPattern(query.without)
        self._sites = re.compile(link_pattern(query.sites)) if query.sites else None
        self._marked = [(_longest_word(term), term) for term in query.marked]

    def select(self, events: Iterable[Event]) -> list[Event]:
        return [event for event in events if not is_line(event) or matches_event(self, event.record)]

    def matches(self, line: FilteredLine) -> bool:
        return (
            line.kind in self._kinds
            and (not self._nicks or line.nick in self._nicks)
            and line.nick not in self._without_nicks
            and (not self._needs_link or line.has_link)
            and (self._sites is None or (line.has_link and self._sites.search(line.folded) is not None))
            and all(group.is_in(line) for group in self._groups)
            and not self._without.is_in(line)
        )

    def highlight(self, html: str, line: FilteredLine) -> str:
        """Return the markup of a line with the words of the query in `mark`."""
        # An expression of the terms that can be there takes a fraction of the time that one of many terms takes.
        terms = tuple(term for word, term in self._marked if word in line.without_apostrophes)
        return str(highlight(Markup(html), _make_highlight(terms)))  # noqa: S704  (the markup that pages have)


def parse_filter(text: str) -> LineFilter | None:
    """Return the filter of a query, None if there is nothing in it. FilterError if it cannot be one."""
    return _parse(text) if text.strip() else None


@lru_cache(maxsize=256)
def _parse(text: str) -> LineFilter:
    if len(text) > MAX_CHARACTERS:
        raise FilterError(f"A filter of live lines has at most {MAX_CHARACTERS} characters.")
    query = parse(text)
    if query.notes:
        raise FilterError(" ".join(query.notes))
    if query.channels or query.after or query.before or query.oldest:
        raise FilterError(
            "A filter of live lines has no in:, after:, before:, on: and sort: name the channels, and a place."
        )
    if query.answered or query.conversation_with:
        raise FilterError(
            "A filter of live lines has no has:reply and in-conversation-with: nobody has answered a new line yet."
        )
    names = len(query.nicks) + len(query.without_nicks) + len(query.kinds) + len(query.sites)
    if sum(map(len, query.groups)) + len(query.without) + names > MAX_TERMS:
        raise FilterError(f"A filter of live lines has at most {MAX_TERMS} terms.")
    return LineFilter(query)


@lru_cache(maxsize=4096)
def matches_event(line_filter: LineFilter, record: bytes) -> bool:
    """Whether the line of an event, as its record has it, matches."""
    # Cached, because the events of a burst are matched for one stream after the other.
    return line_filter.matches(read_line(record))


@lru_cache(maxsize=256)
def read_line(record: bytes) -> FilteredLine:
    """Return what filters compare of an encoded line."""
    return FilteredLine(read_data(record))


@lru_cache(maxsize=256)
def encode_html(event: Event, line_filter: LineFilter | None) -> bytes:
    """Return the markup of the event's line as JSON in ASCII, the words of the filter marked."""
    html = read_data(event.block)["html"]
    if line_filter is not None:
        html = line_filter.highlight(html, read_line(event.record))
    return json.dumps(html).encode("ascii")


def read_data(block: bytes) -> dict[str, Any]:
    """Return the data of an encoded event."""
    data: dict[str, Any] = json.loads(block[block.index(b"data: ") + len(b"data: ") :])
    return data


def is_line(event: Event) -> bool:
    """Whether the event is a line, not a removal or a reload."""
    return event.record.startswith(b"event: line\n", event.record.index(b"\n") + 1)


def _compile(terms: Sequence[Term]) -> re.Pattern[str] | None:
    before, after, separated = f"(?<!{_BORDER})", f"(?!{_BORDER})", f"(?<![^{SEPARATORS}])"
    patterns = [term_pattern(term, before=before, after=after, separated=separated) for term in terms]
    return re.compile("|".join(patterns)) if patterns else None


def _longest_word(term: Term) -> str:
    return max(term.words, key=len, default="")


@lru_cache(maxsize=1024)
def _make_highlight(terms: tuple[Term, ...]) -> HighlightPattern | None:
    return highlight_pattern(terms)


def _fold_nick(nick: str) -> str:
    return fold_nick(nick.lower())


class FilteredStream(Stream):
    """A stream that is sent only the lines that match, and everything that is no line.

    `sent_id` is the last id that the reader was told; lines that did not match move `after` beyond it.
    """

    shares_bytes = False

    __slots__ = ("line_filter", "sent_id")

    def __init__(self, *args: Any, line_filter: LineFilter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line_filter = line_filter
        self.sent_id = self.after

    def encode(self, events: Sequence[Event]) -> bytes:
        selected = self.line_filter.select(events)
        if events:
            self.after = events[-1].id
        if selected:
            self.sent_id = selected[-1].id
        return encode_events(selected, self.form)

    def catch_up(self, block: bytes, last_id: int) -> bool:
        self.after = self.sent_id = last_id
        return super().catch_up(block, last_id)

    def send_heartbeat(self) -> None:
        """Tell the place, too, so that a reader who comes back does not go through the same lines again."""
        if self.sent_id < self.after and self.feed is not None and self in self.feed.individual:
            self.write(live_block(self.after))
            self.sent_id = self.after
        else:
            super().send_heartbeat()
