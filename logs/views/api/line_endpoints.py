"""Lines of a channel, by days, by ids and by a search."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Path, Query, Router

from logs import archive
from logs.conversations.conversation import fetch_conversation, fetch_shown_replies, find_shown_beginnings
from logs.counts import day_index as counts
from logs.line_grouping import find_source
from logs.models import Channel
from logs.pagination import LinePage, LinePosition, LineReader, parse_position
from logs.render import gap_record, line_record, reply_record
from logs.search.database import FoundLine
from logs.search.facets import Facets, count_facets
from logs.search.results import ResultPosition
from logs.views.api.params import ChannelPath, DayListQuery, LineListQuery, LinePath, SearchQuery
from logs.views.api.responses import ProblemError, get_channel_or_404, json_response
from logs.views.api.schemas import Conversation, ConversationLine, Days, LinesPage, Results
from logs.views.http.channel_lookup import day_url
from logs.views.reading.search_request import SearchRequest, search_slot

router = Router(tags=["lines"])
days_router = Router(tags=["days"])


@router.get("/networks/{network:network}/channels/{channel:channel}/lines", response={200: LinesPage}, url_name="lines")
def lines(
    request: HttpRequest,
    path: Path[ChannelPath],
    query: Query[LineListQuery],
) -> HttpResponse:
    """A page of lines, always in reading order: those around, after or before a position, or the first ones since a
    time; without parameters the newest. Further parameters restrict the page."""
    channel = get_channel_or_404(request, path)
    page = _page(channel, query)
    content: dict[str, Any] = {
        "network": channel.network.name,
        "channel": channel.name,
        "lines": _records(channel, page.lines),
        "gaps": [gap_record(gap) for gap in page.gaps],
        "earlier": str(page.earlier) if page.earlier else None,
        "later": str(page.later) if page.later else None,
        "resume": str(page.resume),
    }
    links: dict[str, dict[str, Any]] = {}
    if page.earlier:
        # What is before the page that `since` begins would be excluded by it.
        begins_there = query.since and not (query.around or query.after or query.before)
        links["prev"] = {"before": content["earlier"]} | ({"since": None} if begins_there else {})
    links |= {"next": {"after": content["later"]}} if page.later else {}
    return json_response(request, content, links)


@router.get(
    "/networks/{network:network}/channels/{channel:channel}/lines/{line:number}",
    response={200: ConversationLine},
    url_name="line",
)
def line(
    request: HttpRequest,
    path: Path[LinePath],
) -> HttpResponse:
    """One line by its id."""
    channel = get_channel_or_404(request, path)
    fetched = archive.fetch_line(channel, path.number)
    if fetched is None:
        raise ProblemError(404, f"{channel.name} has no line {path.number}, or it was removed.")
    return json_response(request, _records(channel, [fetched])[0])


@router.get(
    "/networks/{network:network}/channels/{channel:channel}/conversations/{line:number}",
    response={200: Conversation},
    url_name="conversation",
)
def conversation(
    request: HttpRequest,
    path: Path[LinePath],
) -> HttpResponse:
    """The conversation that a line belongs to; a line that answers none and has no answer is one of its own."""
    channel = get_channel_or_404(request, path)
    line = archive.fetch_said_line(channel, path.number)
    if line is None:
        raise ProblemError(404, f"{channel.name} has no line {path.number} that somebody said, or it was removed.")
    found = fetch_conversation(channel, line)
    names = [channel.network.name, channel.name]
    content: dict[str, Any] = {
        "network": channel.network.name,
        "channel": channel.name,
        "conversation": found.lines[0].id,
        "is_cut": found.is_cut,
        "url": f"{settings.SITE_URL}{reverse('conversation', args=[*names, found.lines[0].id])}",
        "lines": _records(channel, found.lines),
    }
    return json_response(request, content)


@days_router.get("/networks/{network:network}/channels/{channel:channel}/days", response={200: Days}, url_name="days")
def days(
    request: HttpRequest,
    path: Path[ChannelPath],
    query: Query[DayListQuery],
) -> HttpResponse:
    """Days with lines, in order: those after or before a day, or the newest."""
    channel = get_channel_or_404(request, path)
    page = counts.fetch_page(channel, query.limit, after=query.after, before=query.before)
    day_records = [
        {"day": day, "lines": lines, "said": said, "url": f"{settings.SITE_URL}{day_url(channel, day)}"}
        for day, lines, said in page.days
    ]
    links = {"prev": {"before": page.earlier}} if page.earlier else {}
    links |= {"next": {"after": page.later}} if page.later else {}
    names = {"network": channel.network.name, "channel": channel.name}
    return json_response(request, names | {"days": day_records, "earlier": page.earlier, "later": page.later}, links)


def _records(channel: Channel, lines: list[archive.DayLine]) -> list[dict[str, Any]]:
    fills, url = archive.fetch_fills(channel, lines), channel.get_absolute_url()
    replies = fetch_shown_replies(channel, lines)
    beginnings = find_shown_beginnings(channel, lines)
    return [
        line_record(line, url)
        | {
            "source": find_source(line.id, fills) or None,
            "conversation": beginnings.get(line.id),
        }
        | reply_record(replies.get(line.id))
        for line in lines
    ]


def _page(channel: Channel, query: LineListQuery) -> LinePage:
    """Start from `around`, else `after`, else `before`; the others restrict the page."""
    reader = LineReader(channel, query.limit, query.since, query.until)
    around, after = (_parse_position(channel, text) for text in (query.around, query.after))
    before = _parse_position(channel, query.before, is_end=True)
    if around:
        reader.between(after, before)
        return reader.around(around)
    if after:
        reader.between(None, before)
        return reader.after(after)
    if before:
        return reader.before(before)
    return reader.oldest() if query.since else reader.newest()


def _parse_position(channel: Channel, text: str | None, *, is_end: bool = False) -> LinePosition | None:
    if text is None:
        return None
    position = parse_position(channel, text, is_end=is_end)
    if position is None:
        raise ProblemError(404, f"{channel.name} has no line {text} yet: continue with since= or a position.")
    return position


search_router = Router(tags=["search"])

MAX_COUNTS = 100
"""Channels, and nicks, that the facets list."""


@search_router.get("/search", response={200: Results}, url_name="search")
def search(
    request: HttpRequest,
    query: Query[SearchQuery],
) -> HttpResponse:
    """The newest lines that match, in all channels that you may read."""
    return _results(request, None, query)


@search_router.get(
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
