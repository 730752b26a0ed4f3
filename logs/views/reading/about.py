"""The About pages of the site and of a channel: what is stored, for how long, and people's rights."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from logs.models import Channel, Network
from logs.views.http.channel_lookup import with_channel
from logs.views.reading.channel_context import build_channel_context


@require_safe
def show_about(request: HttpRequest) -> HttpResponse:
    bots = Network.objects.filter(wanted=True).exclude(host="")
    return render(request, "about.html", {"bots": bots, "privacy_notice": settings.PRIVACY_NOTICE})


@require_safe
@with_channel
def show_channel_about(request: HttpRequest, channel: Channel) -> HttpResponse:
    return render(request, "channel/about.html", build_channel_context(channel))
