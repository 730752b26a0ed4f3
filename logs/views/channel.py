"""A channel: what is said in it today, live; or the day that a visitor asks to jump to."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from logs import archive
from logs.models import Channel
from logs.views.day import day_page
from logs.views.lookup import day_or_404, of_channel


@require_safe
@of_channel
def show_channel(request: HttpRequest, channel: Channel) -> HttpResponse:
    if wanted := request.GET.get("day"):
        return redirect("day", channel.network.name, channel.name, day_or_404(channel, wanted))
    return day_page(request, channel, archive.today())
