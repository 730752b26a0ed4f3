"""The lists of channels: of all networks, and of one."""

from __future__ import annotations

from itertools import groupby

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from logs.models import Channel, Line
from logs.views.http.channel_lookup import network_or_404
from logs.views.http.robots import do_all_allow_ai, set_robots_headers
from logs.views.people.visitor import visitor_of


@require_safe
def show_index(request: HttpRequest) -> HttpResponse:
    channels = list(_with_activity(Channel.objects.visible_to(visitor_of(request))))
    by_network = groupby(channels, key=lambda channel: channel.network)
    networks = [(network, list(of_network)) for network, of_network in by_network]
    response = render(request, "index.html", {"networks": networks})
    set_robots_headers(response, indexed=True, ai=do_all_allow_ai(channels))
    return response


@require_safe
def show_network(request: HttpRequest, network: str) -> HttpResponse:
    found = network_or_404(visitor_of(request), network)
    if found.name != network:
        return redirect("network", found.name)
    channels = list(_with_activity(Channel.objects.visible_to(visitor_of(request)).filter(network=found)))
    response = render(request, "network.html", {"network": found, "channels": channels})
    set_robots_headers(response, indexed=True, ai=do_all_allow_ai(channels))
    return response


def _with_activity(channels: QuerySet[Channel]) -> QuerySet[Channel]:
    """Order by network and latest line; add the latest line's time (`last_at`), `total` lines and the bot's `state`."""
    last = Line.objects.filter(channel=OuterRef("pk")).order_by("-at").values("at")[:1]
    counted = channels.select_related("network").annotate(
        last_at=Subquery(last), total=F("counter__last_id"), state=F("status__state")
    )
    return counted.order_by("network__name", F("last_at").desc(nulls_last=True), "folded")
