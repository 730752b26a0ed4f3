"""Permalinks: a line or a range of lines, shown on the page of their day."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from logs import archive
from logs.counts import day_index
from logs.models import Channel
from logs.views.http.channel_lookup import day_not_found, with_channel
from logs.views.reading.channel_context import day_url
from logs.views.reading.embed import show_embed


@require_safe
def show_line(request: HttpRequest, **names: Any) -> HttpResponseBase:
    """The permalink of a line or a range. With `?embed`, the lines alone, for other sites' pages."""
    return show_embed(request, **names) if "embed" in request.GET else redirect_to_day(request, **names)


@with_channel
def redirect_to_day(request: HttpRequest, channel: Channel, number: int, last: int | None = None) -> HttpResponse:  # noqa: ARG001
    """Redirect to the part of the day that contains the line: it can change as lines are filled in or removed."""
    line = archive.fetch_line(channel, number)
    if line is None:
        raise day_not_found(channel, f"{channel.name} has no line {number}.", day_index.latest_day(channel))
    return redirect(line_url(channel, line, f"{number}" if last is None else f"{number}-{last}"))


def line_url(channel: Channel, line: archive.DayLine, mark: str = "") -> str:
    """Return the address at which a line is shown now. `mark` is the range of ids to highlight without JavaScript."""
    start = archive.find_part_start(channel, line, newest=line.day == archive.today())
    given: dict[str, int | str] = {"from": start} if start else {}
    if mark:
        given["mark"] = mark
    return f"{day_url(channel, line.day)}{f'?{urlencode(given)}' if given else ''}#l{line.id}"
