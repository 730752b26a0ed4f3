"""Statistics: how a channel, or all that the visitor may read, has been used. All of it comes from the counts."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from logs import archive
from logs.counts import activity
from logs.counts.words import risen_words
from logs.models import Channel
from logs.views.around import around
from logs.views.calendar import level
from logs.views.lookup import of_channel
from logs.views.visitors import visitor_of

WEEKS = 53
SPEAKERS = 20
FEW_YEARS = 4
"""From so many years on, growth is shown by year and not by month."""


class Cell(NamedTuple):
    """A place in a picture of columns and rows."""

    column: int
    row: int
    said: int
    level: int
    words: str


class Bar(NamedTuple):
    """`share` of the highest bar: 0 to 100."""

    words: str
    said: int
    share: float


@require_safe
def show_stats(request: HttpRequest) -> HttpResponse:
    """Of all channels that the visitor may read."""
    visible = Channel.objects.visible_to(visitor_of(request)).select_related("network")
    channels = list(visible)
    ids = [channel.pk for channel in channels]
    context = _pictures(ids) | {
        "busiest": _busiest(channels),
        "speakers": [],
    }
    if context["extent"]:
        networks = {channel.network_id: channel.network.name for channel in channels}
        context["speakers"] = _speakers(ids, networks if len(networks) > 1 else {})
    return render(request, "stats.html", context)


@require_safe
@of_channel
def show_channel_stats(request: HttpRequest, channel: Channel) -> HttpResponse:
    context = around(channel) | _pictures([channel.pk])
    extent = context["extent"]
    if extent:
        month = extent.last.replace(day=1)
        context |= {
            "people": activity.names([channel.pk]),
            "speakers": _speakers([channel.pk], {}),
            "silence": activity.longest_silence(channel),
            "month": month,
            "risen": risen_words(channel, month),
        }
    return render(request, "channel/stats.html", context)


def _pictures(channels: list[int]) -> dict[str, Any]:
    extent = activity.extent(channels)
    if extent is None:
        return {"extent": None}
    used = activity.activity(channels)
    last = min(extent.last, archive.today())
    first = last - timedelta(days=last.weekday(), weeks=WEEKS - 1)
    counts = {day: count for day, count in activity.by_day(channels, first).items() if day <= last}
    return {
        "extent": extent,
        "by_day": _by_day(first, last, counts),
        "by_day_months": _by_month(counts),
        "month_marks": _month_marks(first),
        "by_hour": _by_hour(used.hours),
        "weekdays": list(calendar.day_name),
        "growth": _growth(channels, used, extent),
    }


def _by_day(first: date, last: date, counts: dict[date, int]) -> list[Cell]:
    """A column for each week."""
    most = max(counts.values(), default=1)
    cells = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        count = counts.get(day, 0)
        cells.append(Cell(number // 7, number % 7, count, level(count, most), f"{day.day} {day:%B %Y}"))
    return cells


def _by_month(counts: dict[date, int]) -> list[tuple[str, int]]:
    sums: dict[date, int] = {}
    for day in sorted(counts):
        month = day.replace(day=1)
        sums[month] = sums.get(month, 0) + counts[day]
    return [(f"{month:%B %Y}", count) for month, count in sums.items()]


def _month_marks(first: date) -> list[tuple[int, str]]:
    """The columns in which months begin, and their names."""
    mondays = [first + timedelta(weeks=week) for week in range(WEEKS)]
    return [(week, f"{monday:%b}") for week, monday in enumerate(mondays) if monday.day <= 7 and week < WEEKS - 1]


def _by_hour(hours: list[int]) -> list[list[Cell]]:
    """A row for each day of the week."""
    most = max(hours) or 1
    names = list(calendar.day_name)
    return [
        [
            Cell(hour, day, count, level(count, most), f"{names[day]} {hour:02}:00")
            for hour, count in enumerate(hours[day * 24 : day * 24 + 24])
        ]
        for day in range(7)
    ]


def _growth(channels: list[int], used: activity.Activity, extent: activity.Extent) -> list[Bar]:
    if extent.last.year - extent.first.year + 1 >= FEW_YEARS:
        counts = {f"{year}": used.years[year] for year in range(extent.first.year, extent.last.year + 1)}
    else:
        by_month = activity.by_month(channels)
        counts = {f"{month:%b %Y}": by_month.get(month, 0) for month in _months(extent.first, extent.last)}
    return bars(counts)


def _months(first: date, last: date) -> list[date]:
    months = [first.replace(day=1)]
    while (following := (months[-1] + timedelta(days=32)).replace(day=1)) <= last:
        months.append(following)
    return months


def bars(counts: dict[str, int]) -> list[Bar]:
    most = max(counts.values(), default=0) or 1
    return [Bar(words, count, round(100 * count / most, 1)) for words, count in counts.items()]


def _speakers(channels: list[int], networks: dict[int, str]) -> list[Bar]:
    """With the name of the network beside the nick where there are several."""
    found = activity.speakers(channels, SPEAKERS)
    names = [f"{who.nick} ({networks[who.network]})" if networks else who.nick for who in found]
    return bars(dict(zip(names, (who.said for who in found), strict=True)))


def _busiest(channels: list[Channel]) -> list[tuple[Channel, int]]:
    counted = Channel.objects.filter(pk__in=[channel.pk for channel in channels]).annotate(said=Sum("day_counts__said"))
    totals = dict(counted.order_by("-said").values_list("pk", "said"))
    by_id = {channel.pk: channel for channel in channels}
    return [(by_id[pk], said) for pk, said in totals.items() if said][:SPEAKERS]
