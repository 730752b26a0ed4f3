"""A channel's lines, page by page in reading order or one by its id, and the days that have lines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from logs import archive
from logs.counts import day_index as counts
from logs.line_grouping import find_source
from logs.models import Channel, Gap
from logs.pagination import LinePage, LinePosition, LineReader, parse_position
from logs.render import line_record
from logs.views.api.params import ChannelPath, DayListQuery, LineListQuery, LinePath
from logs.views.api.responses import ProblemError, format_time, get_channel_or_404, json_response
from logs.views.api.schemas import Days, LinesPage, SourcedLine
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
    }
    links = {"prev": {"before": content["earlier"]}} if page.earlier else {}
    links |= {"next": {"after": content["later"]}} if page.later else {}
    return json_response(request, content, links)


@router.get(
    "/networks/{network:network}/channels/{channel:channel}/lines/{line:number}",
    response={200: SourcedLine},
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
    return [line_record(line, url) | {"source": find_source(line.id, fills) or None} for line in lines]


def gap_record(gap: Gap) -> dict[str, Any]:
    return {
        "start": format_time(gap.from_at),
        "end": format_time(gap.to_at) if gap.to_at else None,
        "reason": gap.reason,
        "words": str(gap.get_reason_display()),
    }


def _page(channel: Channel, query: LineListQuery) -> LinePage:
    """Start from `around`, else `after`, else `before`; the others restrict the page."""
    reader = LineReader(channel, query.limit, _utc(query.since), _utc(query.until))
    around, after, before = (_parse_position(channel, text) for text in (query.around, query.after, query.before))
    if around:
        reader.between(after, before)
        return reader.around(around)
    if after:
        reader.between(None, before)
        return reader.after(after)
    if before:
        return reader.before(before)
    return reader.oldest() if query.since else reader.newest()


def _parse_position(channel: Channel, text: str | None) -> LinePosition | None:
    if text is None:
        return None
    position = parse_position(channel, text)
    if position is None:
        raise ProblemError(
            404, f"{channel.name} has no line {text}, or it was removed: continue with since= or a position."
        )
    return position


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo:
        return moment
    return moment.replace(tzinfo=UTC)
