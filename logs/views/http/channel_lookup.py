"""Names in addresses and what they stand for: guards make rows of them, or end the view with a 404 or a redirect.

Parameters that several pages have are parsed here, too: what is not understood counts as absent. And what the pages of
a channel share: the addresses of its days and years, how dates are written, variables of the template.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date
from functools import cache, wraps
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from markupsafe import Markup, escape

from logs import archive
from logs.counts import day_index
from logs.localize import format_date
from logs.models import STRANGER, Channel, Network, Visitor
from logs.models.channel import match_names
from logs.models.postgres import CompiledQuery
from logs.text.markup import text_html
from logs.text.names import CASEMAPPINGS, fold
from logs.views.http.errors import PageNotFound
from logs.views.people.visitor import remember_key, set_channel_headers, visitor_of


def parse_id(text: str) -> int | None:
    """Parse a line's id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def parse_marked(text: str) -> range:
    """Parse the ids to highlight: one, or two with a hyphen in either order."""
    first, last = (parse_id(part) for part in (*text.split("-", 1), text)[:2])
    return range(min(first, last), max(first, last) + 1) if first is not None and last is not None else range(0)


def parse_limit(text: str, maximum: int, default: int | None = None) -> int:
    """Parse how many of something are wanted, at most `maximum`; `default` (else `maximum`) if absent or 0."""
    requested = parse_id(text)
    return min(requested, maximum) if requested else (maximum if default is None else default)


def parse_names(values: Iterable[str], known: Collection[str]) -> list[str]:
    """Parse names out of a fixed set, in the order of the set; each value may hold several, separated by commas."""
    requested = {name for value in values for name in value.split(",")}
    return [name for name in known if name in requested]


ChannelView = Callable[..., HttpResponseBase]


def network_or_404(visitor: Visitor, name: str) -> Network:
    """Return the network of this name in any case, if it has a channel that the visitor may read."""
    visible = Channel.objects.visible_to(visitor)
    networks = Network.objects.filter(name__iexact=name, channels__in=visible).distinct()
    # Names may differ in case only; the exact one takes precedence.
    found = min(networks, key=lambda network: network.name != name, default=None)
    if found is None:
        raise PageNotFound(gettext("There is no such network here."), [])
    return found


def channel_or_404(visitor: Visitor, network_name: str, name: str) -> Channel:
    """Return the channel of this name in any case, if the visitor may read it, and its bot's `state`.

    A channel that was renamed is found by its former names, too.
    """
    if visitor == STRANGER:
        folded = [fold(name, mapping) for mapping in CASEMAPPINGS]
        found: Iterable[Channel] = _strangers_lookup().fetch(network_name, *folded)
    else:
        found = _find_channels(visitor, network_name).filter(match_names([name]))
    channel = min(found, key=lambda channel: channel.network.name != network_name, default=None)
    if channel is None:
        former_names = {fold(name, casemapping) for casemapping in CASEMAPPINGS}
        channel = _find_channels(visitor, network_name).filter(former_names__folded__in=former_names).first()
    if channel is None:
        network = network_or_404(visitor, network_name)
        raise PageNotFound(
            gettext("There is no such channel here."),
            [(gettext("Channels of %(network)s") % {"network": network.name}, reverse("network", args=[network.name]))],
        )
    return channel


def _find_channels(visitor: Visitor, network_name: str) -> QuerySet[Channel]:
    visible = Channel.objects.visible_to(visitor).filter(network__name__iexact=network_name)
    return visible.select_related("network").annotate(state=F("status__state"))


_NETWORK_MARKER = "\0network"
"""No name contains NUL, nor does any other parameter of the query."""


def _folded_marker(casemapping: str) -> str:
    return f"\0{casemapping}"


@cache
def _strangers_lookup() -> CompiledQuery[Channel]:
    """Compile the same query for visitors without any rights: a third of the CPU of a short page was building it."""
    condition = Q()
    for mapping in CASEMAPPINGS:
        condition |= Q(network__casemapping=mapping, folded=_folded_marker(mapping))
    markers = [_NETWORK_MARKER, *map(_folded_marker, CASEMAPPINGS)]
    return CompiledQuery(_find_channels(STRANGER, _NETWORK_MARKER).filter(condition), markers)


def day_or_404(channel: Channel, text: str) -> date:
    """Parse the day in an address. Whether it has lines is checked by the page."""
    day = archive.parse_day(text)
    if day is None:
        raise day_not_found(channel, gettext("There is no such day."), day_index.latest_day(channel))
    return day


def day_not_found(channel: Channel, sentence: str, nearest: date | None) -> PageNotFound:
    """Make a 404 for a page of a channel that suggests today and the nearest day with lines."""
    suggestions = [suggest_today(channel)]
    if nearest:
        address = reverse("day", args=[channel.network.name, channel.name, nearest])
        words = gettext("%(channel)s on %(day)s") % {"channel": channel.name, "day": nearest}
        suggestions.insert(0, (words, address))
    return PageNotFound(sentence, suggestions)


def suggest_today(channel: Channel) -> tuple[str, str]:
    return gettext("%(channel)s today") % {"channel": channel.name}, channel.get_absolute_url()


def with_channel(view: ChannelView) -> Callable[..., HttpResponseBase]:
    """Decorate a view of a channel: fetch the channel that the address names, if the visitor may read it.

    An address in another case redirects to the channel's own. A secret link's `?key=` moves from the address into the
    session. The response gets the headers that the channel's owners chose for caches and crawlers.
    """

    @wraps(view)
    def respond(request: HttpRequest, network: str, channel: str, **rest: Any) -> HttpResponseBase:
        if response := move_key_to_session(request, network, channel):
            return response
        row = channel_or_404(visitor_of(request), network, channel)
        match = request.resolver_match
        if match and match.view_name and (row.network.name, row.name) != (network, channel):
            names = {"network": row.network.name, "channel": row.name}
            query = request.META["QUERY_STRING"]
            return redirect(reverse(match.view_name, kwargs=names | rest) + (f"?{query}" if query else ""))
        response = view(request, row, **rest)
        set_channel_headers(response, row)
        return response

    return respond


def move_key_to_session(request: HttpRequest, network: str, name: str) -> HttpResponseBase | None:
    """Store a valid key from the address in the session and redirect to the address without it. Ignore a wrong key."""
    if "key" not in request.GET:
        return None
    # Not limited by `visible_to`: it is the key that makes the channel visible.
    named = Network.objects.filter(name__iexact=network).first()
    channel = Channel.objects.named(named, name).first() if named else None
    if channel is None or not remember_key(request, channel, request.GET["key"]):
        return None
    query = request.GET.copy()
    del query["key"]
    response = redirect(request.path + (f"?{query.urlencode()}" if query else ""))
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


def build_channel_context(channel: Channel) -> dict[str, Any]:
    """Return the variables that templates/channel/base.html needs."""
    return {
        "channel": channel,
        "channel_url": channel.get_absolute_url(),
        "topic": text_html(channel.topic),
    }


def day_url(channel: Channel, day: date) -> str:
    return reverse("day", args=[channel.network.name, channel.name, day])


def year_url(channel: Channel, year: int) -> str:
    return reverse("year", args=[channel.network.name, channel.name, year])


def format_long_date(day: date) -> str:
    """Format a date, for example Monday 23 November 2026."""
    return format_date(day, "weekday")


def format_day_heading(day: date) -> Markup:
    """Format a date as `format_long_date` does; the style sheet hides the weekday where there is little room."""
    whole, short = format_date(day, "weekday"), format_date(day)
    before, found, after = whole.partition(short)
    if not found:
        return escape(whole)
    weekday = Markup('<span class="weekday">{}</span>')
    return Markup("{}{}{}").format(
        weekday.format(before) if before else "", short, weekday.format(after) if after else ""
    )
