"""The lines of a channel: pages in reading order, and one."""
# MERGED: The days of a channel that have lines.

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
from logs.views.api.problems import ProblemError
from logs.views.api.responses import format_time, get_channel_or_404, json_response
from logs.views.api.schemas import Days, LinesPage, SourcedLine
from logs.views.reading.channel_context import day_url

router = Router(tags=["lines"])


@router.get("/networks/{network:network}/channels/{channel:channel}/lines", response={200: LinesPage}, url_name="lines")
def lines(
    request: HttpRequest,
    where: Path[ChannelPath],
    asked: Query[LineListQuery],
) -> HttpResponse:
    """A page of lines, always in reading order: those around, after or before a place, or the first ones since a time;
    the newest if nothing is said. What else is given bounds the page."""
    row = get_channel_or_404(request, where)
    page = _page(row, asked)
    found: dict[str, Any] = {
        "network": row.network.name,
        "channel": row.name,
        "lines": _records(row, page.lines),
        "gaps": [gap_record(gap) for gap in page.gaps],
        "earlier": str(page.earlier) if page.earlier else None,
        "later": str(page.later) if page.later else None,
    }
    links = {"prev": {"before": found["earlier"]}} if page.earlier else {}
    links |= {"next": {"after": found["later"]}} if page.later else {}
    return json_response(request, found, links)


@router.get(
    "/networks/{network:network}/channels/{channel:channel}/lines/{line:number}",
    response={200: SourcedLine},
    url_name="line",
)
def line(
    request: HttpRequest,
    where: Path[LinePath],
) -> HttpResponse:
    """One line by its id."""
    row = get_channel_or_404(request, where)
    found = archive.fetch_line(row, where.number)
    if found is None:
        raise ProblemError(404, f"{row.name} has no line {where.number}, or it was removed.")
    return json_response(request, _records(row, [found])[0])


def _records(channel: Channel, lines: list[archive.DayLine]) -> list[dict[str, Any]]:
    fills, address = archive.fetch_fills(channel, lines), channel.get_absolute_url()
    return [line_record(line, address) | {"source": find_source(line.id, fills) or None} for line in lines]


def gap_record(gap: Gap) -> dict[str, Any]:
    return {
        "start": format_time(gap.from_at),
        "end": format_time(gap.to_at) if gap.to_at else None,
        "reason": gap.reason,
        "words": str(gap.get_reason_display()),
    }


def _page(channel: Channel, asked: LineListQuery) -> LinePage:
    """From the first place that is given of around, after and before; the others bound it."""
    reading = LineReader(channel, asked.limit, _utc(asked.since), _utc(asked.until))
    around, after, before = (_place(channel, text) for text in (asked.around, asked.after, asked.before))
    if around:
        reading.between(after, before)
        return reading.around(around)
    if after:
        reading.between(None, before)
        return reading.after(after)
    if before:
        return reading.before(before)
    return reading.oldest() if asked.since else reading.newest()


def _place(channel: Channel, text: str | None) -> LinePosition | None:
    if text is None:
        return None
    place = parse_position(channel, text)
    if place is None:
        raise ProblemError(404, f"{channel.name} has no line {text}, or it was removed: go on by since= or by a place.")
    return place


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo:
        return moment
    return moment.replace(tzinfo=UTC)


days_router = Router(tags=["days"])


@days_router.get("/networks/{network:network}/channels/{channel:channel}/days", response={200: Days}, url_name="days")
def days(
    request: HttpRequest,
    where: Path[ChannelPath],
    asked: Query[DayListQuery],
) -> HttpResponse:
    """Days with lines, in order: those after or before a day, or the newest."""
    row = get_channel_or_404(request, where)
    found = counts.fetch_page(row, asked.limit, after=asked.after, before=asked.before)
    day_records = [
        {"day": day, "lines": lines, "said": said, "url": f"{settings.SITE_URL}{day_url(row, day)}"}
        for day, lines, said in found.days
    ]
    links = {"prev": {"before": found.earlier}} if found.earlier else {}
    links |= {"next": {"after": found.later}} if found.later else {}
    names = {"network": row.network.name, "channel": row.name}
    return json_response(request, names | {"days": day_records, "earlier": found.earlier, "later": found.later}, links)
