"""The lists of channels: of all networks, and of one."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from logs.archive import readable_lines
from logs.counts.readable import count_lines_of, readable_days
from logs.live.positions import encode_position
from logs.models import Channel, Line
from logs.site_checklist import Item, check_site
from logs.views.http.channel_lookup import network_or_404
from logs.views.http.robots import do_all_allow_ai, set_robots_headers
from logs.views.people.visitor import visitor_of


@require_safe
def show_index(request: HttpRequest) -> HttpResponse:
    channels = _fetch_with_activity(Channel.objects.visible_to(visitor_of(request)))
    by_network = groupby(channels, key=lambda channel: channel.network)
    networks = [(network, list(of_network)) for network, of_network in by_network]
    context = {"networks": networks, "checklist": _fetch_checklist(request), "position": _live_position(channels)}
    response = render(request, "index.html", context)
    set_robots_headers(response, indexed=True, ai=do_all_allow_ai(channels))
    return response


def _fetch_checklist(request: HttpRequest) -> list[Item]:
    """Return what a new site still lacks, for superusers; empty for everybody else, and when all is done."""
    if not (visitor_of(request).is_admin and getattr(request.user, "is_superuser", False)):
        return []
    items = check_site()
    return [] if all(item.is_done for item in items) else items


@require_safe
def show_network(request: HttpRequest, network: str) -> HttpResponse:
    found = network_or_404(visitor_of(request), network)
    if found.name != network:
        return redirect("network", found.name)
    channels = _fetch_with_activity(Channel.objects.visible_to(visitor_of(request)).filter(network=found))
    context = {"network": found, "channels": channels, "position": _live_position(channels)}
    response = render(request, "network.html", context)
    set_robots_headers(response, indexed=True, ai=do_all_allow_ai(channels))
    return response


def _fetch_with_activity(channels: QuerySet[Channel]) -> list[Channel]:
    """Return channels with the latest line's time (`last_at`), the `total` of lines, `last_id` and the bot's `state`.

    They are ordered by network and latest line.
    """
    last = Line.objects.filter(channel=OuterRef("pk")).order_by("-at").values("at")[:1]
    counted = channels.select_related("network").annotate(
        last_at=Subquery(last),
        total=Subquery(count_lines_of(OuterRef("pk"))),
        last_id=F("counter__last_id"),
        state=F("status__state"),
    )
    rows: list[Channel] = list(counted.order_by("network__name", F("last_at").desc(nulls_last=True), "folded"))
    # Few channels have lines that a visitor may not read; only for these the two values are read again.
    for channel in (rows_with_hidden := [row for row in rows if row.hidden_periods]):
        newest = readable_lines(channel).order_by("-at").values_list("at", flat=True).first()
        seen = readable_days(channel).aggregate(total=Sum("seen_lines"))["total"]
        channel.last_at, channel.total = newest, seen or 0  # type: ignore[attr-defined]
    return sorted(rows, key=_order) if rows_with_hidden else rows


def _live_position(channels: list[Channel]) -> str:
    """Return where live goes on after what the page shows; it follows the channels that everybody may read."""
    return encode_position(
        {channel.pk: getattr(channel, "last_id", 0) or 0 for channel in channels if channel.is_public}
    )


def _order(channel: Channel) -> tuple[str, bool, float, str]:
    last_at: datetime | None = getattr(channel, "last_at", None)
    return channel.network.name, last_at is None, -last_at.timestamp() if last_at else 0.0, channel.folded
