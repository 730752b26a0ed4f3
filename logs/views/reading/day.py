"""A day of a channel: its page, which today is live, its text and its JSON."""
# MERGED: A channel: what is said in it today, live; or the day, or the moment, that a visitor asks to jump to.

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from functools import partial

from django.conf import settings
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from logs import archive
from logs.counts import day_index
from logs.line_grouping import blocks_html, group_lines
from logs.models import Channel
from logs.render import line_json, line_text
from logs.views.http.channel_lookup import day_not_found, day_or_404, with_channel
from logs.views.http.http_cache import cache_closed_day
from logs.views.reading.channel_context import build_channel_context, day_url
from logs.views.reading.line_permalink import line_url
from logs.views.reading.share_preview import preview_channel, preview_day, preview_lines

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Lists = Iterator[list[archive.DayLine]]


@require_safe
@cache_closed_day
@with_channel
def show_day(request: HttpRequest, channel: Channel, day: str) -> HttpResponse:
    return render_day(request, channel, day_or_404(channel, day))


@require_safe
@cache_closed_day
@with_channel
def show_day_text(request: HttpRequest, channel: Channel, day: str) -> StreamingHttpResponse:  # noqa: ARG001
    """One line of text for each line, in UTC; an empty text for a day without lines."""
    return _stream(channel, day_or_404(channel, day), _text, "text/plain; charset=utf-8")


@require_safe
@cache_closed_day
@with_channel
def show_day_json(request: HttpRequest, channel: Channel, day: str) -> StreamingHttpResponse:  # noqa: ARG001
    """An object with the lines as they are stored; no lines for a day without any."""
    found = day_or_404(channel, day)
    head = json.dumps({"network": channel.network.name, "channel": channel.name, "day": str(found)})
    return _stream(channel, found, partial(_json, head), "application/json")


def _stream(
    channel: Channel, day: date, write: Callable[[Lists], Iterator[str]], content_type: str
) -> StreamingHttpResponse:
    """What is also on the page of the day, which search engines should list instead."""
    lists = _released(archive.iterate_day_lines(channel, day))
    headers = {"Link": f'<{settings.SITE_URL}{day_url(channel, day)}>; rel="canonical"'}
    return StreamingHttpResponse(write(lists), content_type=content_type, headers=headers)


def _released(lists: Lists) -> Lists:
    for lines in lists:
        if not connection.in_atomic_block:
            close_old_connections()  # a slow reader must not keep a connection that others wait for
        yield lines


def _text(lists: Lists) -> Iterator[str]:
    for lines in lists:
        yield "".join(f"{line_text(line)}\n" for line in lines)


def _json(head: str, lists: Lists) -> Iterator[str]:
    """One line of the answer for each line, so that it can be read as it comes."""
    yield f'{head[:-1]}, "lines": ['
    before = "\n"
    for lines in lists:
        yield before + ",\n".join(_encode(line_json(line)) for line in lines)
        before = ",\n"
    yield "\n]}\n"


def render_day(request: HttpRequest, channel: Channel, day: date, *, front: bool = False) -> HttpResponse:
    """The page of one day. Today's exists without lines, too, and follows live unless it shows an earlier part.

    `front`: it is shown as the page of the channel.
    """
    is_today = day == archive.today()
    last_id = archive.last_id(channel) if is_today else 0
    try:
        part = archive.fetch_day_part(channel, day, _number(request.GET.get("from", "")), newest=is_today)
    except KeyError:
        return redirect(day_url(channel, day))
    if not part.lines and not is_today:
        raise day_not_found(channel, f"{channel.name} has no lines on {day}.", day_index.nearest_day(channel, day))
    beside = day_index.day_neighbours(channel, day)
    url = channel.get_absolute_url()
    blocks = group_lines(
        part.lines, archive.fetch_gaps(channel, day), channel.bridge_nicks, archive.fetch_fills(channel, part.lines)
    )
    ids = _marked(request.GET.get("mark", ""))
    if ids and (marked := [line for line in part.lines if line.id in ids]):
        shared = preview_lines(channel, marked)
    else:
        shared = preview_channel(channel) if front else preview_day(channel, day, beside.lines, part.lines)
    context = build_channel_context(channel) | {
        "day": day,
        "today": is_today,
        "live": is_today and part.later is None,
        "last_id": last_id,
        "part": part,
        "lines": blocks_html(blocks, url, ids),
        "shared": shared,
        "previous_day": beside.previous,
        "next_day": beside.next,
    }
    return render(request, "channel/day.html", context)


def _number(text: str) -> int | None:
    """The id of a line; anything that is none counts as not given."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _marked(text: str) -> range:
    """A line by its id, or those from one id to another, in either order."""
    first, last = (_number(part) for part in (*text.split("-", 1), text)[:2])
    return range(min(first, last), max(first, last) + 1) if first is not None and last is not None else range(0)


@require_safe
@with_channel
def show_channel(request: HttpRequest, channel: Channel) -> HttpResponse:
    if not (wanted := request.GET.get("day")):
        return render_day(request, channel, archive.today(), front=True)
    day = day_or_404(channel, wanted)
    clock = _clock(request.GET.get("time", ""))
    line = archive.find_line_at(channel, datetime.combine(day, clock, UTC)) if clock else None
    return redirect(line_url(channel, line) if line else day_url(channel, day))


def _clock(text: str) -> time | None:
    """A time of day in UTC; anything that is none counts as not given."""
    try:
        return time.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        return None
