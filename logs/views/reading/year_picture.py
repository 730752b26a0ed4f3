"""A year of a channel as one picture to share: its numbers and a square for each day, as SVG and as PNG."""

from __future__ import annotations

from datetime import date, timedelta

import gevent
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from logs import archive
from logs.counts import activity
from logs.models import Channel
from logs.picture import Picture
from logs.views.http.channel_lookup import PageNotFound, with_channel
from logs.views.http.http_cache import conditional_page
from logs.views.reading.channel_context import year_url
from logs.views.reading.charts import level_of_day

INK, MUTED, PAPER = "#1d1f21", "#62676d", "#fdfdfb"
LEVEL_COLOURS = ("#ecece6", "#dfeaf5", "#bdd6ee", "#8fbbe3", "#5595d2", "#1f62a6")
MARGIN, SQUARE, PITCH = 64, 17, 20.2
"""Of the heat map, in pixels."""


@conditional_page
@require_safe
@with_channel
def show_year_svg(request: HttpRequest, channel: Channel, year: int) -> HttpResponse:  # noqa: ARG001
    return HttpResponse(draw_year(channel, year).to_svg(), content_type="image/svg+xml")


@conditional_page
@require_safe
@with_channel
def show_year_png(request: HttpRequest, channel: Channel, year: int) -> HttpResponse:  # noqa: ARG001
    picture = draw_year(channel, year)
    # In a thread: painting takes tens of milliseconds, in which nothing else would run.
    content = gevent.get_hub().threadpool.apply(picture.to_png)
    return HttpResponse(content, content_type="image/png")


def draw_year(channel: Channel, year: int) -> Picture:
    """Draw the year; PageNotFound if nothing was said in it."""
    scope = activity.ChannelScope.of([channel])
    numbers = activity.fetch_year(scope, year) if 1 < year < 9999 else None
    if numbers is None:
        suggestion = (f"The calendar of {channel.name}", year_url(channel, archive.today().year))
        raise PageNotFound(f"Nobody said anything in {channel.name} in {year:04}.", [suggestion])
    busiest = max(numbers.days, key=lambda day: (numbers.days[day], -day.toordinal()))
    picture = Picture(f"{channel.name} in {year}", PAPER)
    width = picture.add_text(MARGIN, 120, 60, INK, channel.name, bold=True, width=850)
    picture.add_text(MARGIN + width + 24, 120, 60, MUTED, str(year))
    picture.add_text(MARGIN, 168, 26, MUTED, f"on {channel.network.name}")
    facts = (
        (f"{numbers.said:,}", "messages"),
        (f"{numbers.people:,}", "people" if numbers.people != 1 else "person"),
        (f"{len(numbers.days)}", "days with messages"),
        (f"{busiest.day} {busiest:%b}", f"the busiest: {numbers.days[busiest]:,}"),
    )
    for column, (value, words) in enumerate(facts):
        x = MARGIN + column * 272
        picture.add_text(x, 258, 44, INK, value, bold=True, width=250)
        picture.add_text(x, 294, 22, MUTED, words, width=250)
    _draw_days(picture, year, numbers.days)
    picture.add_text(MARGIN, 580, 22, MUTED, settings.SITE_URL.partition("://")[2], width=700)
    return picture


def _draw_days(picture: Picture, year: int, days: dict[date, int]) -> None:
    first = date(year, 1, 1)
    monday = first - timedelta(days=first.weekday())
    max_count = max(days.values())
    day = first
    while day.year == year:
        week, row = divmod((day - monday).days, 7)
        x, y = MARGIN + week * PITCH, 370 + row * PITCH
        if day.day == 1:
            picture.add_text(x if row == 0 else x + PITCH, 356, 18, MUTED, f"{day:%b}")
        colour = LEVEL_COLOURS[level_of_day(days.get(day, 0), max_count)]
        picture.add_square(x, y, SQUARE, colour)
        day += timedelta(days=1)
