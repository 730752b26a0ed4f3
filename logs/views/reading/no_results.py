"""The help on a search page without results: which part of the query has no lines, and which change finds some."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from django.utils.translation import gettext

from logs.localize import count_of, plural
from logs.search.facets import count_facets
from logs.search.query_parser import Term, compose_query_text
from logs.search.spelling import similar_words
from logs.views.reading.search_request import SearchRequest

SECONDS = 0.8
"""After this time no further search is tried."""

MAX_PARTS, MAX_WITHOUT, MAX_SPELLINGS = 5, 5, 3


class Hits(NamedTuple):
    """How many lines a search finds: exactly, about as many, or at least as many (`is_exact` is None)."""

    lines: int
    is_exact: bool | None

    def __str__(self) -> str:
        if self.is_exact:
            return count_of(self.lines)
        if self.is_exact is None:
            return plural("at least %(count)s line", "at least %(count)s lines", self.lines)
        return plural("about %(count)s line", "about %(count)s lines", self.lines)


class Offer(NamedTuple):
    """Another search, and how many lines it finds."""

    words: str
    hits: Hits
    address: str


@dataclass(slots=True)
class Explanation:
    """`missing`: terms that no line has.

    The rest are searches that find lines: for one of the terms, with another spelling, without one of the filters.
    """

    missing: list[str] = field(default_factory=list)
    parts: list[Offer] = field(default_factory=list)
    spellings: list[Offer] = field(default_factory=list)
    without: list[Offer] = field(default_factory=list)


def explain(search: SearchRequest) -> Explanation:
    """Explains a search without results, within SECONDS: each part of it is a search of its own."""
    deadline = monotonic() + SECONDS
    explanation = Explanation()
    groups = search.query.groups
    for group in groups[:MAX_PARTS]:
        words = " OR ".join(map(_typed, group))
        single = search.with_text(compose_query_text(search.query, search.query.filters, words=words))
        # The only part of a search has no lines: that is the search itself.
        hits = Hits(0, True) if len(groups) == 1 else count(single, deadline)
        if hits is None:
            break
        if hits.lines:
            explanation.parts.append(Offer(words, hits, single.address()))
        else:
            explanation.missing.append(words)
            if len(group) == 1 and len(explanation.spellings) < MAX_SPELLINGS:
                explanation.spellings += _spellings(search, group[0], deadline)
    for words, other in _wider(search):
        if (hits := count(other, deadline)) and hits.lines:
            explanation.without.append(Offer(words, hits, other.address()))
    return explanation


def _typed(term: Term) -> str:
    return f'"{term.text}"' if term.quoted else term.text + "*" * term.prefix


def _spellings(search: SearchRequest, term: Term, deadline: float) -> list[Offer]:
    """The search with words in place of one that no line has."""
    if not term.is_word or term.prefix or monotonic() > deadline:
        return []
    offers = []
    for word in similar_words(term.words[0], list(search.channels), search.hidden_periods):
        words = " ".join(
            " OR ".join(word if other is term else _typed(other) for other in group) for group in search.query.groups
        )
        other = search.with_text(compose_query_text(search.query, search.query.filters, words=words))
        if (hits := count(other, deadline)) and hits.lines:
            offers.append(Offer(words, hits, other.address()))
        if len(offers) == MAX_SPELLINGS:
            break
    return offers


def _wider(search: SearchRequest) -> Iterator[tuple[str, SearchRequest]]:
    """The same search in all channels, and without each of its filters."""
    if search.channel:
        yield gettext("In all channels"), search.with_text(search.text, all_channels=True)
    filters = search.query.filters
    for number, words in enumerate(filters[:MAX_WITHOUT]):
        yield (
            gettext("Without %(words)s") % {"words": words},
            search.with_text(compose_query_text(search.query, filters[:number] + filters[number + 1 :])),
        )


def count(search: SearchRequest, deadline: float) -> Hits | None:
    """How many lines a search finds; None if there is no time left to tell."""
    seconds = deadline - monotonic()
    if seconds <= 0:
        return None
    page = search.fetch_page(seconds=seconds)
    if page.is_exact:
        return Hits(len(page.lines), True)
    if facets := count_facets(page):
        return Hits(facets.total, facets.is_exact)
    return Hits(len(page.lines), None) if page.lines else None
