"""The filters of a search: shown one by one so that each can be taken off, and added by the fields of a form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from logs.counts.activity import CACHE_SECONDS, ChannelScope, cached, top_speakers
from logs.models import Channel
from logs.search.query_parser import compose_query_text, parse
from logs.views.reading.search_request import SearchRequest

FIELDS = ("filter", "nick", "in", "from", "to")
"""Parameters of the form beside the words: operators, and values of operators."""

MAX_SUGGESTED = 100
"""Nicks, and channels, that the fields of the form suggest."""


class Filter(NamedTuple):
    """A filter, and the address of the same search without it."""

    words: str
    without: str


def shown_filters(search: SearchRequest) -> list[Filter]:
    """The filters of a search; the channel on whose page it is comes first."""
    filters = search.query.filters
    of_text = [
        Filter(words, search.with_filters(filters[:number] + filters[number + 1 :]))
        for number, words in enumerate(filters)
    ]
    if search.channel is None:
        return of_text
    all_channels_url = f"{reverse('search')}?{urlencode({'q': search.text})}"
    return [Filter(gettext("in %(channel)s") % {"channel": search.channel.name}, all_channels_url), *of_text]


def address_of_form(request: HttpRequest) -> str | None:
    """Where the form of a search leads: the address with all of it in one text. None if the text is all there is."""
    if not any(name in request.GET for name in FIELDS):
        return None
    query = parse(" ".join(request.GET.get("q", "").split()))
    filters = [*query.filters, *_typed(request)]
    return f"{request.path}?{urlencode({'q': compose_query_text(query, list(dict.fromkeys(filters)))})}"


def _typed(request: HttpRequest) -> Iterator[str]:
    for text in request.GET.getlist("filter"):
        yield from parse(text).filters
    for name, operator in (("nick", "nick"), ("in", "in")):
        for value in request.GET.getlist(name):
            # What stands in a field is one value, whatever it holds.
            if words := " ".join(value.split()).translate(_QUOTES):
                yield f'{operator}:"{words}"' if " " in words or words[0] in ":/" else f"{operator}:{words}"
    if start := _day(request.GET.get("from", "")):
        yield f"after:{start}"
    if (end := _day(request.GET.get("to", ""))) and end < date.max:
        yield f"before:{end + timedelta(days=1)}"


_QUOTES = dict.fromkeys(map(ord, '"“”„\0'))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def suggested_nicks(search: SearchRequest) -> list[str]:
    """The nicks with the most messages in the channels of a search, for its form."""
    scope = ChannelScope.of(search.channels.values())
    if not scope.channels:
        return []
    key = sorted(scope.channels), sorted(scope.hidden_periods)
    return cached("search-nicks", key, CACHE_SECONDS, lambda: _nicks(scope))


def _nicks(scope: ChannelScope) -> list[str]:
    return list(dict.fromkeys(speaker.nick for speaker in top_speakers(scope, MAX_SUGGESTED)))


def suggested_channels(search: SearchRequest) -> list[str]:
    """The channels that the form of a search of all channels suggests, by the names that `in:` takes."""
    if search.channel:
        return []
    return [_name(channel) for channel in list(search.channels.values())[:MAX_SUGGESTED]]


def _name(channel: Channel) -> str:
    return f"{channel.network.name}/{channel.name}"
