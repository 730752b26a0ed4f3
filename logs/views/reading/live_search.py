"""A search that is followed live: which ones can be, and the stream that the page listens to."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from logs.archive import last_ids
from logs.live.combined import MAX_CHANNELS
from logs.live.line_filter import FilterError, parse_filter
from logs.live.positions import encode_position
from logs.search.query_parser import compose_query_text
from logs.views.reading.search_request import SearchRequest

_MAX_NAMED = 50
"""How many channels a stream is asked for by their names, which the address has to hold."""


class LiveSearch(NamedTuple):
    """The stream of new lines that a search would find: its address, and the position of the page in it."""

    address: str
    position: str


def can_follow(search: SearchRequest) -> bool:
    """Whether new lines can be matched as they come: words and filters, but no dates."""
    if not search.query or len(search.channels) > MAX_CHANNELS:
        return False
    try:
        return parse_filter(_filter_text(search)) is not None and _names(search) is not None
    except FilterError:
        return False


def following_address(search: SearchRequest) -> str:
    """The address of the page of results that follows live: the newest first, as new ones come on top."""
    return search.sorted_address(oldest=False, live=1)


def follow_search(search: SearchRequest) -> LiveSearch | None:
    """Return the stream of this search, None if it cannot be followed."""
    names = _names(search)
    if names is None or not can_follow(search):
        return None
    query = [("q", _filter_text(search)), ("html", "1"), *(("channel", name) for name in names)]
    position = encode_position(last_ids(search.channels.values()))
    return LiveSearch(f"{reverse('api:combined_live')}?{urlencode(query)}", position)


def _filter_text(search: SearchRequest) -> str:
    """The query without the channels and the order, which are no properties of a line."""
    filters = [words for words in search.query.filters if not words.lower().startswith(("in:", "sort:"))]
    return compose_query_text(search.query, filters)


def _names(search: SearchRequest) -> list[str] | None:
    """Return the channels to name in the stream's address: none means all. None if they are too many to name."""
    if search.channel is None and not search.query.channels:
        return []
    paths = [channel.get_absolute_url().strip("/") for channel in search.channels.values()]
    return paths if 0 < len(paths) <= _MAX_NAMED else None
