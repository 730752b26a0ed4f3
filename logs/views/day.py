"""A day of a channel: its page, which today is live, and its text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from logs import archive
from logs.arrangement import arrange, page_html
from logs.models import Channel
from logs.render import line_text
from logs.text.markup import text_html
from logs.views.lookup import day_or_404, no_day, of_channel


@require_safe
@of_channel
def show_day(request: HttpRequest, channel: Channel, day: str) -> HttpResponse:
    return day_page(request, channel, day_or_404(channel, day))


@require_safe
@of_channel
def show_day_text(request: HttpRequest, channel: Channel, day: str) -> StreamingHttpResponse:  # noqa: ARG001
    """One line of text for each line, in UTC; an empty text for a day without lines."""
    lists = archive.day_lines(channel, day_or_404(channel, day))
    return StreamingHttpResponse(_text(lists), content_type="text/plain; charset=utf-8")


def _text(lists: Iterator[list[archive.DayLine]]) -> Iterator[str]:
    for lines in lists:
        close_old_connections()  # a slow reader must not keep a connection that others wait for
        yield "".join(f"{line_text(line)}\n" for line in lines)


def day_page(request: HttpRequest, channel: Channel, day: date) -> HttpResponse:
    """The page of one day. Today's exists without lines, too, and follows live unless it shows an earlier part."""
    is_today = day == archive.today()
    start = _start(request)
    last_id = archive.last_id(channel)
    try:
        part = archive.day_part(channel, day, start, newest=is_today)
    except KeyError:
        return redirect(reverse("day", args=[channel.network.name, channel.name, day]))
    if not part.lines and not is_today:
        raise no_day(channel, f"{channel.name} has no lines on {day}.", archive.nearest_day(channel, day))
    context = {
        "channel": channel,
        "topic": text_html(channel.topic),
        "day": day,
        "today": is_today,
        "live": is_today and part.later is None,
        "last_id": last_id,
        "part": part,
        "lines": page_html(
            arrange(part.lines, archive.gaps(channel, day), channel.bridge_nicks), channel.get_absolute_url()
        ),
        "previous_day": archive.previous_day(channel, day),
        "next_day": archive.next_day(channel, day),
        "channel_url": channel.get_absolute_url(),
    }
    return render(request, "channel/day.html", context)


def _start(request: HttpRequest) -> int | None:
    """The line from which a part of a long day begins; anything that is no id counts as not given."""
    text = request.GET.get("from", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
