"""Addresses that other sites gave to lines and days, and that people link to: they lead to where these are now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from logs.counts import day_index
from logs.models import Channel, OldNumber
from logs.views.http.channel_lookup import PageNotFound, day_not_found, day_or_404, with_channel
from logs.views.people.visitor import visitor_of
from logs.views.reading.channel_context import day_url


@require_safe
@with_channel
def redirect_legacy_channel_line(request: HttpRequest, channel: Channel, number: int) -> HttpResponse:  # noqa: ARG001
    """BotBot's address of a line, and where logbot's anchors lead (static/js/permalinks.js)."""
    line = OldNumber.objects.filter(channel=channel, number=number).values_list("line", flat=True).first()
    if line is None:
        raise day_not_found(
            channel, f"{channel.name} has no line that was once {number}.", day_index.latest_day(channel)
        )
    return redirect("line", channel.network.name, channel.name, line)


@require_safe
def redirect_legacy_line(request: HttpRequest, number: int) -> HttpResponse:
    """A line whose old address did not tell its channel; several sites may have had one of this number."""
    visible = Channel.objects.visible_to(visitor_of(request)).select_related("network")
    channels = visible.filter(old_numbers__number=number)[:20]
    found = [
        (channel, reverse("legacy_channel_line", args=[channel.network.name, channel.name, number]))
        for channel in channels
    ]
    if len(found) != 1:
        sentence = "Several lines were once" if found else "No line here was once"
        raise PageNotFound(
            f"{sentence} {number}.", [(f"That of {channel.name}", address) for channel, address in found]
        )
    response = redirect(found[0][1])
    if not found[0][0].is_public:
        response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@with_channel
def redirect_legacy_day(request: HttpRequest, channel: Channel, day: str) -> HttpResponse:  # noqa: ARG001
    """logbot's address of a day; browsers keep the anchor of its line."""
    return redirect(day_url(channel, day_or_404(channel, day)))
