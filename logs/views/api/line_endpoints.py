"""A channel's lines, page by page in reading order or one by its id, and the days that have lines."""

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
from logs.views.api.params import ChannelPath, DayListQuery, LineListQuery, LinePath
from logs.views.api.responses import ProblemError, get_channel_or_404, json_response
from logs.views.api.schemas import Conversation, ConversationLine, Days, LinesPage
from logs.views.reading.channel_context import day_url

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
