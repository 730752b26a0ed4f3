"""Statistics of a channel, or of all channels that the visitor may read, from the maintained counts."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from logs import archive
from logs.counts import activity
from logs.counts.trending_words import find_trending_words
from logs.models import Channel
from logs.views.http.channel_lookup import with_channel
from logs.views.http.robots import do_all_allow_ai, set_robots_headers
from logs.views.people.visitor import visitor_of
from logs.views.reading import charts
from logs.views.reading.channel_context import build_channel_context

MAX_SPEAKERS = MAX_CHANNELS = 20
GROWTH_BY_YEAR_FROM = 4
"""From this number of years on, growth is shown by year instead of by month."""


@require_safe
def show_stats(request: HttpRequest) -> HttpResponse:
    """Statistics of all channels that the visitor may read."""
    channels = list(Channel.objects.visible_to(visitor_of(request)).select_related("network"))
    networks = {channel.network_id: channel.network.name for channel in channels}
    scope = activity.ChannelScope.of(channels)
    totals = activity.totals(scope)
    talked = rank_channels(channels, totals.used.channels)
    context = _used(scope, totals, networks if len(networks) > 1 else {})
    context |= {"talked": len(talked), "busiest": talked[:MAX_CHANNELS], "search_url": reverse("search")}
    response = render(request, "stats.html", context)
    set_robots_headers(response, indexed=all(channel.indexed for channel in channels), ai=do_all_allow_ai(channels))
    return response


@require_safe
@with_channel
def show_channel_stats(request: HttpRequest, channel: Channel) -> HttpResponse:
    scope = activity.ChannelScope.of([channel])
    context = build_channel_context(channel) | _used(scope, activity.totals(scope), {})
    context |= {
        "people": activity.count_nicks(scope) if context["extent"] else 0,
        "search_url": reverse("channel_search", args=[channel.network.name, channel.name]),
    }
    return render(request, "channel/stats.html", context)


def _used(scope: activity.ChannelScope, totals: activity.Totals, networks: dict[int, str]) -> dict[str, Any]:
    """Return the variables of templates/_stats_sections.html; without lines only `extent`, which is None."""
    extent, used, silence = totals
    if extent is None:
        return {"extent": None}
    today = archive.today()
    last = min(extent.last, today)
    month = min(last, today - timedelta(days=1)).replace(day=1)
    counts = activity.by_day(scope, charts.first_chart_day(last))
    return {
        "extent": extent,
        "by_day": charts.draw_days(last, {day: count for day, count in counts.items() if day <= last}),
        "by_hour": charts.draw_hours(used.hours),
        "growth": charts.draw_growth(_growth(scope, used, extent)),
        "speakers": _speakers(scope, networks),
        "silence": silence,
        "month": month,
        "trending": find_trending_words(scope, month, today),
    }


def _growth(scope: activity.ChannelScope, used: activity.Activity, extent: activity.Extent) -> dict[str, int]:
    if extent.last.year - extent.first.year + 1 >= GROWTH_BY_YEAR_FROM:
        return {f"{year}": used.years[year] for year in range(extent.first.year, extent.last.year + 1)}
    by_month = activity.by_month(scope)
    return {f"{month:%b %Y}": by_month.get(month, 0) for month in _months(extent.first, extent.last)}


def _months(first: date, last: date) -> list[date]:
    months = [first.replace(day=1)]
    while (following := (months[-1] + timedelta(days=32)).replace(day=1)) <= last:
        months.append(following)
    return months


def _speakers(scope: activity.ChannelScope, networks: dict[int, str]) -> list[charts.Bar]:
    """Return the most active nicks, with their network if there are several networks."""
    found = activity.top_speakers(scope, MAX_SPEAKERS)
    names = [f"{who.nick} ({networks[who.network]})" if networks else who.nick for who in found]
    return charts.make_bars(dict(zip(names, (who.said for who in found), strict=True)))


def rank_channels(channels: list[Channel], said: Counter[int]) -> list[tuple[Channel, int]]:
    """Return the channels with messages and their number of messages, the busiest first."""
    talked = [(channel, said[channel.pk]) for channel in channels if said[channel.pk]]
    return sorted(talked, key=lambda pair: (-pair[1], pair[0].name))
