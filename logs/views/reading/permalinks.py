"""Permalinks of lines, shown on the page of their day, and redirects from addresses that lines had on other sites."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from logs import archive
from logs.counts import day_index
from logs.models import Channel, OldNumber
from logs.views.http.channel_lookup import day_not_found, day_or_404, day_url, with_channel
from logs.views.http.errors import PageNotFound
from logs.views.people.visitor import visitor_of
from logs.views.reading.embed import show_embed


@require_safe
def show_line(request: HttpRequest, **names: Any) -> HttpResponseBase:
    """The permalink of a line or a range. With `?embed`, the lines alone, for other sites' pages."""
    return show_embed(request, **names) if "embed" in request.GET else redirect_to_day(request, **names)


@with_channel
def redirect_to_day(request: HttpRequest, channel: Channel, number: int, last: int | None = None) -> HttpResponse:
    """Redirect to the part of the day that contains the line: it can change as lines are filled in or removed."""
    line = archive.fetch_line(channel, number)
    if line is None:
        sentence = gettext("%(channel)s has no line %(line)s.") % {"channel": channel.name, "line": number}
        raise day_not_found(channel, sentence, day_index.latest_day(channel))
    mark = f"{number}" if last is None else f"{number}-{last}"
    return redirect(line_url(channel, line, mark, request.GET.get("find", "")))


def line_url(channel: Channel, line: archive.DayLine, mark: str = "", find: str = "") -> str:
    """Return the address at which a line is shown now.

    `mark` is the range of ids to highlight without JavaScript, `find` the search whose words to highlight in them.
    """
    start = archive.find_part_start(channel, line, newest=line.day == archive.today())
    parameters: dict[str, int | str] = {"from": start} if start else {}
    if mark:
        parameters["mark"] = mark
    if mark and find:
        parameters["find"] = find
    return f"{day_url(channel, line.day)}{f'?{urlencode(parameters)}' if parameters else ''}#l{line.id}"


@require_safe
@with_channel
def redirect_legacy_channel_line(request: HttpRequest, channel: Channel, number: int) -> HttpResponse:  # noqa: ARG001
    """Redirect BotBot's address of a line, and logbot's anchors (static/js/permalinks.js)."""
    line = OldNumber.objects.filter(channel=channel, number=number).values_list("line", flat=True).first()
    if line is None:
        sentence = gettext("%(channel)s has no line with the former number %(number)s.")
        sentence %= {"channel": channel.name, "number": number}
        raise day_not_found(channel, sentence, day_index.latest_day(channel))
    return redirect("line", channel.network.name, channel.name, line)


@require_safe
def redirect_legacy_line(request: HttpRequest, number: int) -> HttpResponse:
    """Redirect an address without a channel. Several imported sites may have had a line with this number."""
    visible = Channel.objects.visible_to(visitor_of(request)).select_related("network")
    channels = visible.filter(old_numbers__number=number)[:20]
    found = [
        (channel, reverse("legacy_channel_line", args=[channel.network.name, channel.name, number]))
        for channel in channels
    ]
    if len(found) != 1:
        if found:
            sentence = gettext("Several lines had the former number %(number)s.")
        else:
            sentence = gettext("No line had the former number %(number)s.")
        words = gettext("The line in %(channel)s")
        suggestions = [(words % {"channel": channel.name}, address) for channel, address in found]
        raise PageNotFound(sentence % {"number": number}, suggestions)
    response = redirect(found[0][1])
    if not found[0][0].is_public:
        response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@with_channel
def redirect_legacy_day(request: HttpRequest, channel: Channel, day: str) -> HttpResponse:  # noqa: ARG001
    """Redirect logbot's address of a day; browsers keep the anchor of the line."""
    return redirect(day_url(channel, day_or_404(channel, day)))
