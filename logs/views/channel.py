"""A channel: what is said in it today, live; or the day, or the moment, that a visitor asks to jump to."""

from __future__ import annotations

from datetime import UTC, datetime, time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from logs import archive
from logs.models import Channel
from logs.views.around import day_address
from logs.views.day import day_page
from logs.views.line import line_address
from logs.views.lookup import day_or_404, of_channel


@require_safe
@of_channel
def show_channel(request: HttpRequest, channel: Channel) -> HttpResponse:
    if not (wanted := request.GET.get("day")):
        return day_page(request, channel, archive.today(), front=True)
    day = day_or_404(channel, wanted)
    clock = _clock(request.GET.get("time", ""))
    line = archive.line_at(channel, datetime.combine(day, clock, UTC)) if clock else None
    return redirect(line_address(channel, line) if line else day_address(channel, day))


def _clock(text: str) -> time | None:
    """A time of day in UTC; anything that is none counts as not given."""
    try:
        return time.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        return None
