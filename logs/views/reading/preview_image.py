"""The picture that other sites show beside a link: the channel, the date and the first lines.

Only of channels that everybody may read, and only what strangers may read there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date

import gevent
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from logs import archive
from logs.models import STRANGER, Channel
from logs.picture import LEFT_OUT, Picture
from logs.render import SAID, line_summary
from logs.text.irc_formatting import strip_formatting
from logs.views.http.channel_lookup import PageNotFound, channel_or_404, day_or_404
from logs.views.http.http_cache import SHARED_CACHE_SECONDS, cache_closed_day, conditional_page
from logs.views.people.visitor import set_channel_headers
from logs.views.reading.channel_context import format_long_date

MAX_LINES = 9
INK, MUTED, PAPER, RULE = "#1d1f21", "#62676d", "#fdfdfb", "#e6e6e1"
MARGIN, TEXT_WIDTH = 64, 1072


@require_safe
@cache_closed_day
def show_day_image(request: HttpRequest, network: str, channel: str, day: str) -> HttpResponse:  # noqa: ARG001
    """The picture of a day: what was said first."""
    row = channel_or_404(STRANGER, network, channel)
    found = day_or_404(row, day)
    lines = archive.fetch_messages_of_day(row, found, MAX_LINES)
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
    lines = archive.fetch_line_range(row, line, number if last is None else last, MAX_LINES)
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
    texts = [line_summary(line, channel.bridge_nicks) for line in messages[:MAX_LINES]]
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
