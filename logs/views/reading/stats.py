"""Statistics of a channel, or of all channels that the visitor may read, from the maintained counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe
from markupsafe import Markup, escape

from logs import archive
from logs.counts import activity, records
from logs.counts.trending_words import find_trending_words
from logs.localize import format_date, format_number
from logs.models import Channel
from logs.views.http.channel_lookup import build_channel_context, day_url, with_channel, year_url
from logs.views.http.site_files import do_all_allow_ai, set_robots_headers
from logs.views.people.visitor import visitor_of
from logs.views.reading import charts
from logs.views.reading.share_preview import permalink_url

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
    active = rank_channels(channels, totals.used.channels)
    context = _used(scope, totals, Links(channels, networks if len(networks) > 1 else {}))
    context |= {"talked": len(active), "busiest": active[:MAX_CHANNELS], "search_url": reverse("search")}
    response = render(request, "stats.html", context)
    set_robots_headers(response, indexed=all(channel.indexed for channel in channels), ai=do_all_allow_ai(channels))
    return response


@require_safe
@with_channel
def show_channel_stats(request: HttpRequest, channel: Channel) -> HttpResponse:
    scope = activity.ChannelScope.of([channel])
    context = build_channel_context(channel) | _used(scope, activity.totals(scope), Links([channel], {}, channel))
    if extent := context["extent"]:
        context["picture_years"] = range(extent.last.year, extent.first.year - 1, -1)
    context |= {
        "people": activity.count_nicks(scope) if context["extent"] else 0,
        "search_url": reverse("channel_search", args=[channel.network.name, channel.name]),
    }
    return render(request, "channel/stats.html", context)


class Links:
    """Where the parts of the statistics lead: of one channel, or of several, of which no single day has a page.

    `networks` names the networks, if there are several.
    """

    def __init__(self, channels: list[Channel], networks: dict[int, str], channel: Channel | None = None) -> None:
        self.channels, self.networks, self.channel = channels, networks, channel

    @property
    def search(self) -> str:
        if self.channel is None:
            return reverse("search")
        return reverse("channel_search", args=[self.channel.network.name, self.channel.name])

    def day(self, day: date) -> str:
        return day_url(self.channel, day) if self.channel else ""

    def year(self, year: int) -> str:
        return year_url(self.channel, year) if self.channel else ""

    def hour(self, last: date) -> Callable[[int], str]:
        """Return the function for the address of an hour of the week: of the last such day up to `last`."""
        if self.channel is None:
            return lambda _hour: ""
        url = self.channel.get_absolute_url()
        days = [last - timedelta(days=(last.weekday() - weekday) % 7) for weekday in range(7)]
        return lambda hour: f"{url}?day={days[hour // 24]}&time={hour % 24:02}:00"

    def nick(self, speaker: activity.Speaker) -> str:
        network = f" in:{self.networks[speaker.network]}/" if speaker.network in self.networks else ""
        return f"{self.search}?{urlencode({'q': f'nick:{speaker.nick}{network}'})}"

    @property
    def bots(self) -> list[tuple[int, str]]:
        """Other programs of the channels, which are no people; bridges are none either."""
        return [(channel.pk, nick) for channel in self.channels for nick in channel.bot_nicks | channel.bridge_nicks]


def _used(scope: activity.ChannelScope, totals: activity.Totals, links: Links) -> dict[str, Any]:
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
        "by_day": charts.draw_days(last, {day: count for day, count in counts.items() if day <= last}, links.day),
        "by_hour": charts.draw_hours(used.hours, links.hour(last)),
        "growth": _draw_growth(scope, used, extent, links),
        "speakers": _speakers(scope, links),
        "leaves_bots_out": bool(links.bots),
        "records": _records(scope, links),
        "silence": silence,
        "month": month,
        "trending": find_trending_words(scope, month, today),
    }


def _draw_growth(
    scope: activity.ChannelScope, used: activity.Activity, extent: activity.Extent, links: Links
) -> charts.Chart:
    if extent.last.year - extent.first.year + 1 >= GROWTH_BY_YEAR_FROM:
        years = range(extent.first.year, extent.last.year + 1)
        return charts.draw_growth(
            {f"{year}": used.years[year] for year in years}, {f"{year}": links.year(year) for year in years}
        )
    by_month = activity.by_month(scope)
    labels = {month: format_date(month, "short month") for month in _months(extent.first, extent.last)}
    return charts.draw_growth(
        {label: by_month.get(month, 0) for month, label in labels.items()},
        {label: links.year(month.year) for month, label in labels.items()},
        {label for month, label in labels.items() if month.month == 1},
    )


def _records(scope: activity.ChannelScope, links: Links) -> list[Markup]:
    """Return a sentence for each record and milestone; those of several channels are as old as their totals."""
    if len(scope.channels) != 1:
        key = sorted(scope.channels), sorted(scope.hidden_periods)
        found = activity.cached("records", key, activity.CACHE_SECONDS, lambda: records.find_records(scope, None))
    else:
        found = records.find_records(scope, links.channel)
    return list(_describe_records(found, links))


def _describe_records(found: records.Records, links: Links) -> Iterator[Markup]:
    busiest, streak, milestones = found
    if busiest:
        sentence = ngettext(
            "%(number)s message on the busiest day, %(day)s",
            "%(number)s messages on the busiest day, %(day)s",
            busiest.said,
        )
        yield _fill(sentence, format_number(busiest.said), busiest.day, links.day(busiest.day))
    if streak and streak.days > 1:
        sentence = ngettext(
            "%(number)s day in a row with messages, from %(day)s",
            "%(number)s days in a row with messages, from %(day)s",
            streak.days,
        )
        yield _fill(sentence, format_number(streak.days), streak.first, links.day(streak.first))
    for milestone in milestones:
        address = links.day(milestone.day)
        if milestone.line and links.channel:
            address = permalink_url(links.channel, milestone.line)
        # Translators: an ordinal number; they are round, such as 1,000th or 50,000th.
        nth = gettext("%(number)sth") % {"number": format_number(milestone.lines)}
        # Translators: %(number)s is an ordinal number such as 1,000th, on a line of its own.
        yield _fill(gettext("%(number)s line, said on %(day)s"), nth, milestone.day, address)


def _fill(sentence: str, number: str, day: date, address: str) -> Markup:
    value = Markup('<span class="record-value">{}</span>').format(number)
    text = format_date(day)
    when = Markup('<a href="{}">{}</a>').format(address, text) if address else escape(text)
    return escape(sentence) % {"number": value, "day": when}


def _months(first: date, last: date) -> list[date]:
    months = [first.replace(day=1)]
    while (following := (months[-1] + timedelta(days=32)).replace(day=1)) <= last:
        months.append(following)
    return months


def _speakers(scope: activity.ChannelScope, links: Links) -> list[charts.Bar]:
    """Return the most active nicks, with their network if there are several networks; bots do not count."""
    found = activity.top_speakers(scope, MAX_SPEAKERS, bots=links.bots)
    names = [
        f"{speaker.nick} ({links.networks[speaker.network]})" if links.networks else speaker.nick for speaker in found
    ]
    addresses = {name: links.nick(speaker) for name, speaker in zip(names, found, strict=True)}
    return charts.make_bars(dict(zip(names, (speaker.said for speaker in found), strict=True)), addresses)


def rank_channels(channels: list[Channel], message_counts: Counter[int]) -> list[tuple[Channel, int]]:
    """Return the channels with messages and their number of messages, the busiest first."""
    active = [(channel, message_counts[channel.pk]) for channel in channels if message_counts[channel.pk]]
    return sorted(active, key=lambda pair: (-pair[1], pair[0].name))
