"""From the names in an address to rows: a guard for each, which ends the view with a helpful 404 or a redirect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.db.models import F
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from logs import archive
from logs.counts import day_index
from logs.models import Channel, Network, Visitor
from logs.models.channel import match_names
from logs.views.people.visitor import keep_key, keep_private, visitor_of

ChannelView = Callable[..., HttpResponseBase]


class Missing(Http404):
    """What was asked for does not exist, or not for this visitor; `offers` are links (words, address) instead."""

    def __init__(self, sentence: str, offers: list[tuple[str, str]]) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.offers = offers


def network_or_404(visitor: Visitor, name: str) -> Network:
    """The network of this name, in whatever case it is written, if it has a channel that the visitor may read."""
    visible = Channel.objects.visible_to(visitor)
    networks = Network.objects.filter(name__iexact=name, channels__in=visible).distinct()
    found = min(networks, key=lambda network: network.name != name, default=None)
    if found is None:
        raise Missing("There is no such network here.", [])
    return found


def channel_or_404(visitor: Visitor, network_name: str, name: str) -> Channel:
    """The channel, if the visitor may read it, in whatever case it is written; with its network and bot's `state`."""
    channels = Channel.objects.visible_to(visitor).filter(match_names([name]), network__name__iexact=network_name)
    found = channels.select_related("network").annotate(state=F("status__state"))
    channel = min(found, key=lambda channel: channel.network.name != network_name, default=None)
    if channel is None:
        network = network_or_404(visitor, network_name)
        raise Missing(
            "There is no such channel here.", [(f"Channels of {network.name}", reverse("network", args=[network.name]))]
        )
    return channel


def day_or_404(channel: Channel, text: str) -> date:
    """The day that an address names; whether it has lines is for the page to see."""
    day = archive.parse_day(text)
    if day is None:
        raise no_day(channel, "There is no such day.", day_index.latest_day(channel))
    return day


def no_day(channel: Channel, sentence: str, nearest: date | None) -> Missing:
    """A page of this channel is missing; offers the day nearest to it."""
    offers = [(f"{channel.name} today", channel.get_absolute_url())]
    if nearest:
        address = reverse("day", args=[channel.network.name, channel.name, nearest])
        offers.insert(0, (f"{channel.name} on {nearest}", address))
    return Missing(sentence, offers)


def of_channel(view: ChannelView) -> Callable[..., HttpResponseBase]:
    """Gives the view the channel for the names in the address, which are first brought into the case of the channel.

    A secret link's `?key=` moves into the session and out of the address. What not everybody may read is marked so.
    """

    @wraps(view)
    def found(request: HttpRequest, network: str, channel: str, **rest: Any) -> HttpResponseBase:
        if moved := without_key(request, network, channel):
            return moved
        row = channel_or_404(visitor_of(request), network, channel)
        match = request.resolver_match
        if match and match.view_name and (row.network.name, row.name) != (network, channel):
            names = {"network": row.network.name, "channel": row.name}
            query = request.META["QUERY_STRING"]
            return redirect(reverse(match.view_name, kwargs=names | rest) + (f"?{query}" if query else ""))
        response = view(request, row, **rest)
        keep_private(response, row)
        return response

    return found


def without_key(request: HttpRequest, network: str, name: str) -> HttpResponseBase | None:
    """Takes a right key from the address into the session; a wrong one is as good as none."""
    if "key" not in request.GET:
        return None
    owner = Network.objects.filter(name__iexact=network).first()
    channel = Channel.objects.named(owner, name).first() if owner else None
    if channel is None or not keep_key(request, channel, request.GET["key"]):
        return None
    query = request.GET.copy()
    del query["key"]
    response = redirect(request.path + (f"?{query.urlencode()}" if query else ""))
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response
