"""A search as a visitor asked for it: what for, where, and when it is its turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import BoundedSemaphore
from urllib.parse import urlencode

from django.conf import settings
from django.db import close_old_connections, connection
from django.http import HttpRequest
from django.urls import reverse

from logs.models import Channel
from logs.search import facets, query_parser
from logs.search.results import SECONDS, Page, ResultPosition, channels_in, search
from logs.search.stemming import with_forms
from logs.views.people.visitor import visitor_of

# Searches never hold more than half of the database connections: the other pages and live go on.
_turns = BoundedSemaphore(max(1, settings.DATABASE_POOL // 2))


class BusyError(Exception):
    """So many people search that this one did not get its turn in time."""


@contextmanager
def turn() -> Iterator[None]:
    """Around all that a search asks of the database; the connection is given back before and afterwards."""
    _give_back()
    if not _turns.acquire(timeout=SECONDS):
        raise BusyError
    try:
        yield
    finally:
        _give_back()
        _turns.release()


def _give_back() -> None:
    if not connection.in_atomic_block:
        close_old_connections()


@dataclass
class Asked:
    """What is searched for and where; `channel` is None on the page of all channels."""

    request: HttpRequest
    channel: Channel | None
    _views: dict[str, str] = field(default_factory=dict)

    @cached_property
    def text(self) -> str:
        return " ".join(self.request.GET.get("q", "").split())

    @cached_property
    def query(self) -> query_parser.Query:
        return query_parser.parse(self.text)

    @cached_property
    def channels(self) -> dict[int, Channel]:
        """Those that are searched, by id: never one that the visitor may not read."""
        visible = Channel.objects.visible_to(visitor_of(self.request)).select_related("network")
        if self.channel:
            visible = visible.filter(pk=self.channel.pk)
        return {channel.pk: channel for channel in channels_in(self.query, visible)}

    @cached_property
    def forms(self) -> bool:
        """Whether other forms of the words are searched, too: if all that is searched is in channels that want it."""
        return bool(self.channels) and all(channel.stemming for channel in self.channels.values())

    @cached_property
    def searched(self) -> query_parser.Query:
        """What is looked for; the query itself is what was typed."""
        return with_forms(self.query) if self.forms else self.query

    @cached_property
    def everything(self) -> bool:
        return not self.channel and not self.query.channels and Channel.objects.count() == len(self.channels)

    def address(self, view: str = "search", **arguments: str | int) -> str:
        if view not in self._views:
            names = {"network": self.channel.network.name, "channel": self.channel.name} if self.channel else {}
            self._views[view] = reverse(f"channel_{view}" if self.channel else view, kwargs=names)
        return f"{self._views[view]}?{urlencode({'q': self.text} | arguments)}"

    def narrowed(self, words: str) -> str:
        """The address of this search with more words."""
        return self.address(q=f"{self.text} {words}")

    def run(self, before: ResultPosition | None = None) -> Page:
        return search(self.searched, list(self.channels), everything=self.everything, before=before)

    def count(self, page: Page) -> facets.Facets | None:
        return facets.count(page)
