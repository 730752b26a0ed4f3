"""A visitor's search: what was typed, which channels it covers, and the limit on searches at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import BoundedSemaphore
from urllib.parse import quote_plus, urlencode

from django.conf import settings
from django.db import close_old_connections, connection
from django.http import HttpRequest
from django.urls import reverse

from logs.models import Channel
from logs.search.highlight import with_forms
from logs.search.query_parser import Query, compose_query_text, parse
from logs.search.results import SEARCH_TIMEOUT_SECONDS, Page, ResultPosition, channels_in, search
from logs.views.people.visitor import visitor_of

# Searches never hold more than half of the database connections: the other pages and live go on.
_slots = BoundedSemaphore(max(1, settings.DATABASE_POOL // 2))


class BusyError(Exception):
    """Too many searches are running; this one did not get a slot in time."""


@contextmanager
def search_slot(patience_seconds: float = SEARCH_TIMEOUT_SECONDS) -> Iterator[None]:
    """Wraps all database work of a search; the connection goes back to the pool before and afterwards.

    A page is drawn after this block, so that a search holds no connection for longer than it needs one. BusyError
    after that many seconds without a slot.
    """
    _return_connection()
    if not _slots.acquire(timeout=patience_seconds):
        raise BusyError
    try:
        yield
    finally:
        _return_connection()
        _slots.release()


def _return_connection() -> None:
    # In a test, or a view in a transaction, the connection is still needed.
    if not connection.in_atomic_block:
        close_old_connections()


@dataclass
class SearchRequest:
    """A search as it was typed.

    `channel`: the one whose page it is, which the caller has found readable; None on the page of all channels.
    `given`: the text, if it is not the one in the address.
    """

    request: HttpRequest
    channel: Channel | None
    given: str | None = None
    _paths: dict[str, str] = field(default_factory=dict)

    @cached_property
    def text(self) -> str:
        return " ".join((self.request.GET.get("q", "") if self.given is None else self.given).split())

    def with_text(self, text: str, *, all_channels: bool = False) -> SearchRequest:
        """The same visitor's search for another text, in all channels if `all_channels`."""
        other = SearchRequest(self.request, None if all_channels else self.channel, text)
        if other.channel is self.channel and other.query.channels == self.query.channels:
            # The same channels: finding them takes longer than many a search.
            known = ("channels", "covers_all_channels")
            vars(other).update({name: found for name, found in vars(self).items() if name in known})
        return other

    @cached_property
    def query(self) -> Query:
        """The query as it was typed."""
        return parse(self.text)

    @cached_property
    def channels(self) -> dict[int, Channel]:
        """The channels to search, by id, with their networks: never one that the visitor may not read."""
        if self.channel and not self.query.channels:
            return {self.channel.pk: self.channel}
        visible = Channel.objects.visible_to(visitor_of(self.request)).select_related("network")
        if self.channel:
            visible = visible.filter(pk=self.channel.pk)
        return {channel.pk: channel for channel in channels_in(self.query, visible)}

    @property
    def hidden_periods(self) -> list[int]:
        """The closed periods of these channels that the visitor may not read."""
        return [period for channel in self.channels.values() for period in channel.hidden_periods]

    @cached_property
    def finds_word_forms(self) -> bool:
        """Whether other forms of the words count as well, which all channels that are searched have to allow."""
        return bool(self.channels) and all(channel.stemming for channel in self.channels.values())

    @cached_property
    def expanded_query(self) -> Query:
        """The query with the other forms of its words, if these count."""
        return with_forms(self.query) if self.finds_word_forms else self.query

    def newest_first(self) -> SearchRequest:
        """The same search in the order that feeds have."""
        return self.with_text(self._sorted(None)) if self.query.oldest else self

    def sorted_address(self, *, oldest: bool, **parameters: str | int) -> str:
        """The address of the same search in this order."""
        return f"{self._path('search')}?{urlencode({'q': self._sorted(oldest)} | parameters)}"

    def _sorted(self, oldest: bool | None) -> str:
        filters = [words for words in self.query.filters if not words.lower().startswith("sort:")]
        return compose_query_text(self.query, [*filters, "sort:oldest"] if oldest else filters)

    @cached_property
    def covers_all_channels(self) -> bool:
        """Whether no channel exists that is not searched."""
        return not self.channel and not self.query.channels and Channel.objects.count() == len(self.channels)

    def address(self, view: str = "search", **parameters: str | int) -> str:
        return f"{self._path(view)}?{urlencode({'q': self.text} | parameters)}"

    def narrowed(self, *filters: str) -> str:
        """The address of this search with more operators."""
        return self.with_filters([*self.query.filters, *filters])

    def with_filters(self, filters: Sequence[str]) -> str:
        """The address of this search with these operators in place of its own."""
        return f"{self._path('search')}?q={quote_plus(compose_query_text(self.query, filters))}"

    @property
    def path(self) -> str:
        """The address of the page without a query."""
        return self._path("search")

    def _path(self, view: str) -> str:
        if view not in self._paths:  # a page links to dozens of searches
            names = {"network": self.channel.network.name, "channel": self.channel.name} if self.channel else {}
            self._paths[view] = reverse(f"channel_{view}" if self.channel else view, kwargs=names)
        return self._paths[view]

    def fetch_page(self, after: ResultPosition | None = None, *, seconds: float | None = None) -> Page:
        return search(
            self.expanded_query,
            list(self.channels),
            all_channels=self.covers_all_channels,
            after=after,
            hidden_periods=self.hidden_periods,
            seconds=seconds,
        )
