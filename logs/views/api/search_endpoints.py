"""Searches, with the query language, planner and limits of the search page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from logs.models import Channel
from logs.render import line_record
from logs.search.database import FoundLine
from logs.search.facets import Facets, count_facets
from logs.search.results import ResultPosition
from logs.views.api.params import ChannelPath, SearchQuery
from logs.views.api.responses import get_channel_or_404, json_response
from logs.views.api.schemas import Results
from logs.views.reading.search_request import SearchRequest, search_slot

router = Router(tags=["search"])

MAX_COUNTS = 100
"""Channels, and nicks, that the facets list."""


@router.get("/search", response={200: Results}, url_name="search")
def search(
    request: HttpRequest,
    query: Query[SearchQuery],
) -> HttpResponse:
    """The newest lines that match, in all channels that you may read."""
    return _results(request, None, query)


@router.get(
    "/networks/{network:network}/channels/{channel:channel}/search",
    response={200: Results},
    url_name="channel_search",
)
def channel_search(
    request: HttpRequest,
    path: Path[ChannelPath],
    query: Query[SearchQuery],
) -> HttpResponse:
    """The newest lines of a channel that match."""
    return _results(request, get_channel_or_404(request, path), query)


def _results(request: HttpRequest, channel: Channel | None, query: SearchQuery) -> HttpResponse:
    search = SearchRequest(request, channel)
    with search_slot():
        page = search.fetch_page(None if query.older is None else ResultPosition.read(query.older))
        counts = count_facets(page) if query.facets and query.older is None else None
        channels = search.channels
    older = str(ResultPosition.of(page.lines[-1])) if page.has_more and page.lines else None
    content: dict[str, Any] = {
        "query": search.text,
        "notes": search.query.notes,
        "results": [_result(line, channels[line.channel_id]) for line in page.lines],
        "exact": page.is_exact,
        "too_slow": page.too_slow,
        "searched_back_to": page.searched_to if page.too_slow else None,
        "older": older,
        "facets": _facets(counts, channels) if counts else None,
    }
    return json_response(request, content, {"next": {"older": older}} if older else {})


def _result(line: FoundLine, channel: Channel) -> dict[str, Any]:
    names = {"network": channel.network.name, "channel": channel.name}
    return names | line_record(line, channel.get_absolute_url())


def _facets(counts: Facets, channels: dict[int, Channel]) -> dict[str, Any]:
    by_channel = {
        f"{channels[pk].network.name}/{channels[pk].name}": lines
        for pk, lines in counts.channels.most_common(MAX_COUNTS)
        if pk in channels
    }
    years = {f"{year}": lines for year, lines in sorted(counts.years.items(), reverse=True)}
    latest = max(counts.years, default=0)
    months = {
        f"{month:%Y-%m}": lines for month, lines in sorted(counts.months.items(), reverse=True) if month.year == latest
    }
    nicks = dict(counts.nicks.most_common(MAX_COUNTS))
    return {
        "total": counts.total,
        "exact": counts.is_exact,
        "channels": _list(by_channel),
        "years": _list(years),
        "months": _list(months),
        "nicks": _list(nicks),
    }


def _list(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [{"name": name, "lines": lines} for name, lines in counts.items()]
