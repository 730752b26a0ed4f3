"""A permalink: the line in its day."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from logs import archive
from logs.models import Channel
from logs.views.lookup import no_day, of_channel


@require_safe
@of_channel
def show_line(request: HttpRequest, channel: Channel, number: int) -> HttpResponse:  # noqa: ARG001
    """A redirect, for what stays is the line's number; where it is shown depends on how long its day is."""
    line = archive.line_of(channel, number)
    if line is None:
        raise no_day(channel, f"{channel.name} has no line {number}.", archive.latest_day(channel))
    start = archive.part_of_line(channel, line, newest=line.day == archive.today())
    day = reverse("day", args=[channel.network.name, channel.name, line.day])
    return redirect(f"{day}{f'?from={start}' if start else ''}#l{line.id}")
