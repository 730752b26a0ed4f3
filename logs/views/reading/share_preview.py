"""What other sites and programs show of a page that is shared: a description, and pictures of lines or of a year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import NamedTuple

import gevent
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from logs import archive
from logs.archive import DayLine
from logs.counts import activity
from logs.localize import count_of
from logs.models import STRANGER, Channel
from logs.picture import LEFT_OUT, Picture
from logs.render import SAID, line_summary
from logs.text.irc_formatting import strip_formatting
from logs.views.http.channel_lookup import (
    channel_or_404,
    day_or_404,
    day_url,
    format_long_date,
    with_channel,
    year_url,
)
from logs.views.http.errors import PageNotFound
from logs.views.http.http_cache import SHARED_CACHE_SECONDS, cache_closed_day, conditional_page
from logs.views.people.visitor import set_channel_headers
from logs.views.reading.charts import level_of_day

MAX_CHARACTERS = 280
MAX_LINES = 10
MAX_LINE_CHARACTERS = 200


class SharePreview(NamedTuple):
    """A preview: `address` is the page's own, `canonical` the page that search engines should list instead.

    `embeds`: the lines can be embedded by oEmbed. `image` is the address of a picture, empty for a channel that not
    everybody may read.
    """

    title: str
    description: str
    address: str
    canonical: str
    at: datetime | None = None
    embeds: bool = False
    image: str = ""


def preview_channel(channel: Channel, day: date) -> SharePreview:
    """Describe a channel; the picture shows a day of it."""
    address = channel.get_absolute_url()
    words = [gettext("Live log and archive of %(channel)s.") % {"channel": _name(channel)}]
    if channel.description:
        words.append(_plain(channel.description, MAX_CHARACTERS))
    if channel.topic:
        words.append(gettext("Topic: %(topic)s") % {"topic": _plain(channel.topic, MAX_CHARACTERS)})
    return SharePreview(
        _name(channel),
        Truncator(" ".join(words)).chars(MAX_CHARACTERS),
        address,
        address,
        image=_day_image(channel, day),
    )


def preview_day(channel: Channel, day: date, count: int, lines: list[DayLine]) -> SharePreview:
    """Describe a day with `count` lines by its first messages."""
    quoted = _quoted(channel, [line for line in islice(lines, 200) if line.kind in SAID])
    words = f"{count_of(count)}. {quoted}"
    address = day_url(channel, day)
    title = f"{_name(channel)}, {format_long_date(day)}"
    return SharePreview(title, Truncator(words).chars(MAX_CHARACTERS), address, address, image=_day_image(channel, day))


def preview_lines(channel: Channel, lines: list[DayLine]) -> SharePreview:
    """Describe lines of one day, in order; at least one."""
    at = lines[0].at.astimezone(UTC)
    title = f"{_name(channel)}, {format_long_date(at.date())}, {at:%H:%M} UTC"
    first, last = min(line.id for line in lines), max(line.id for line in lines)
    address = permalink_url(channel, first, None if first == last else last)
    image = f"{address.removesuffix('/')}.png" if channel.is_public else ""
    canonical = day_url(channel, at.date())
    return SharePreview(title, _quoted(channel, lines), address, canonical, at, embeds=channel.is_public, image=image)


def _day_image(channel: Channel, day: date) -> str:
    return reverse("day_image", args=[channel.network.name, channel.name, day]) if channel.is_public else ""


def permalink_url(channel: Channel, number: int, last: int | None = None) -> str:
    """Return the permalink of a line, or of the lines from one to another."""
    names = [channel.network.name, channel.name]
    return reverse("line", args=[*names, number]) if last is None else reverse("lines", args=[*names, number, last])


def _quoted(channel: Channel, lines: list[DayLine]) -> str:
    words = (_plain(line_summary(line, channel.bridge_nicks), MAX_LINE_CHARACTERS) for line in lines[:MAX_LINES])
    return Truncator("\n".join(words)).chars(MAX_CHARACTERS)


def _name(channel: Channel) -> str:
    names = {"channel": channel.name, "network": channel.network.name}
    return strip_formatting(gettext("%(channel)s on %(network)s") % names)


def _plain(text: str, limit: int) -> str:
    return Truncator(" ".join(strip_formatting(text).split())).chars(limit)


MAX_PICTURE_LINES = 9
INK, MUTED, PAPER, RULE = "#1d1f21", "#62676d", "#fdfdfb", "#e6e6e1"
MARGIN, TEXT_WIDTH = 64, 1072


@require_safe
@cache_closed_day
def show_day_image(request: HttpRequest, network: str, channel: str, day: str) -> HttpResponse:  # noqa: ARG001
    """The picture of a day: what was said first."""
    row = channel_or_404(STRANGER, network, channel)
    found = day_or_404(row, day)
    lines = archive.fetch_messages_of_day(row, found, MAX_PICTURE_LINES)
    return _respond(row, draw_lines(row, found, lines))


@conditional_page
@require_safe
def show_lines_image(
    request: HttpRequest,  # noqa: ARG001
    network: str,
    channel: str,
    number: int,
    last: int | None = None,
) -> HttpResponse:
    """The picture of a line, or of the first of a range."""
    row = channel_or_404(STRANGER, network, channel)
    line = archive.fetch_line(row, number)
    if line is None:
        raise PageNotFound(f"{row.name} has no line {number}.", [(row.name, row.get_absolute_url())])
    lines = archive.fetch_line_range(row, line, number if last is None else last, MAX_PICTURE_LINES)
    return _respond(row, draw_lines(row, line.day, lines, f"{line.at.astimezone(UTC):%H:%M} UTC"))


def draw_lines(channel: Channel, day: date, lines: Sequence[archive.DayLine], clock: str = "") -> Picture:
    """Draw the first lines that were said; without any, the topic."""
    when = f"{format_long_date(day)}{f', {clock}' if clock else ''}"
    picture = Picture(f"{channel.name}, {when}", PAPER)
    width = picture.add_text(MARGIN, 104, 52, INK, channel.name, bold=True, width=800)
    picture.add_text(MARGIN + width + 20, 104, 28, MUTED, f"on {channel.network.name}", width=TEXT_WIDTH - width - 20)
    picture.add_text(MARGIN, 150, 28, MUTED, when, width=TEXT_WIDTH)
    picture.add_rule(MARGIN, 178, TEXT_WIDTH, RULE)
    messages = [line for line in lines if line.kind in SAID] or list(lines)
    texts = [line_summary(line, channel.bridge_nicks) for line in messages[:MAX_PICTURE_LINES]]
    for number, text in enumerate(texts or [strip_formatting(channel.topic)]):
        picture.add_text(MARGIN, 228 + number * 39, 26, INK, text, width=TEXT_WIDTH)
    if not picture.is_complete:
        picture.add_text(MARGIN, 566, 18, MUTED, f"{LEFT_OUT}: characters that this picture cannot show")
    picture.add_text(MARGIN, 596, 22, MUTED, f"{settings.SITE_NAME} · {settings.SITE_URL.partition('://')[2]}")
    return picture


def _respond(channel: Channel, picture: Picture) -> HttpResponse:
    # In a thread: painting takes tens of milliseconds, in which nothing else would run.
    content = gevent.get_hub().threadpool.apply(picture.to_png)
    response = HttpResponse(content, content_type="image/png")
    response["Cache-Control"] = f"public, max-age=0, s-maxage={SHARED_CACHE_SECONDS}, must-revalidate"
    set_channel_headers(response, channel)
    return response


LEVEL_COLOURS = ("#ecece6", "#dfeaf5", "#bdd6ee", "#8fbbe3", "#5595d2", "#1f62a6")
SQUARE, PITCH = 17, 20.2
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
