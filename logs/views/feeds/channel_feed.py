"""A channel for feed readers: each day that is over, or each line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from markupsafe import escape

from logs import archive
from logs.counts import day_index
from logs.models import Channel, DayCount
from logs.render import LineLike, line_summary, render_line
from logs.text.markup import text_html
from logs.views.feeds.feed_format import Entry, Feed, syndicate
from logs.views.http.channel_lookup import of_channel
from logs.views.http.http_cache import is_stranger, kept
from logs.views.reading.channel_context import day_address, long_date

DAYS = 10
LINES_OF_DAY = 300
LINES = 50

_STATE = """
    SELECT channel.delay, max(kept.changed_at), max(kept.day),
        channel.id, network.name, channel.name, channel.bridges, channel.indexed, channel.ai, sum(kept.revision)
    FROM logs_channel channel JOIN logs_network network ON network.id = channel.network_id
    LEFT JOIN logs_daycount kept ON kept.channel_id = channel.id
        AND (%(lines)s OR kept.day < ((%(now)s - channel.delay * interval '1 minute') AT TIME ZONE 'UTC')::date)
    WHERE network.name = %(network)s AND channel.name = %(name)s AND channel.audience = 'public'
    GROUP BY channel.id, network.id
"""


def may_be_kept(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answers 304 when the caller has the feed, after one query, however it asks."""

    @wraps(view)
    def answer(request: HttpRequest, network: str, channel: str, **rest: Any) -> HttpResponseBase:
        make = partial(view, request, network=network, channel=channel, **rest)
        state = _state(request, network, channel) if is_stranger(request) else None
        if state is None:
            return kept(request, None, make)
        delay, changed_at, day, *_ = state
        if day and not _by_line(request):
            changed_at = max(changed_at, _over_at(day, delay))
        return kept(request, state, make, changed_at)

    return answer


@require_safe
@may_be_kept
@of_channel
def show_feed(request: HttpRequest, channel: Channel, form: str) -> HttpResponse:
    name = f"{channel.name} on {channel.network.name}"
    view = "feed" if form == "atom" else f"feed_{form}"
    address = settings.SITE_URL + reverse(view, args=[channel.network.name, channel.name])
    page = settings.SITE_URL + channel.get_absolute_url()
    if _by_line(request):
        feed = Feed(f"{name}, line by line", f"{address}?by=line", page, channel.created_at)
        feed.entries = _newest_lines(channel)
    else:
        feed = Feed(f"{name}, day by day", address, page, channel.created_at)
        closed = day_index.newest_days(channel, DAYS, before=day_index.first_open_day(channel))
        feed.entries = [_day_entry(channel, count) for count in closed]
    return syndicate(feed, form)


def _by_line(request: HttpRequest) -> bool:
    return request.GET.get("by") == "line"


def _state(request: HttpRequest, network: str, name: str) -> tuple[Any, ...] | None:
    given: dict[str, str | bool | datetime] = {
        "network": network,
        "name": name,
        "lines": _by_line(request),
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATE, given)
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


def _over_at(day: Any, delay: int) -> datetime:
    """When the last line of a day has been published."""
    return archive.day_bounds(day)[1] + timedelta(minutes=delay)


def _day_entry(channel: Channel, count: DayCount) -> Entry:
    lines = archive.fetch_messages_of_day(channel, count.day, LINES_OF_DAY)
    page = str(escape(settings.SITE_URL + channel.get_absolute_url()))
    address = settings.SITE_URL + day_address(channel, count.day)
    html = [_line_html(line, page, channel.bridge_nicks) for line in lines]
    more = count.said - len(lines)
    if more > 0:
        html.append(f'<p><a href="{escape(address)}">{more:,} more lines</a></p>')
    nicks = len({line.nick for line in lines})
    over_at = _over_at(count.day, channel.delay)
    summary = f"{count.said:,} line{'s' if count.said != 1 else ''}"
    summary += "" if more > 0 else f" by {nicks} nick{'s' if nicks != 1 else ''}"
    return Entry(
        address,
        f"{channel.name} on {long_date(count.day)}",
        "\n".join(html),
        published=over_at,
        updated=max(over_at, count.changed_at),
        summary=f"{summary}.",
    )


def _line_html(line: archive.DayLine, page: str, bridges: frozenset[str]) -> str:
    """Thousands of these are drawn at once: a format string, its parts escaped."""
    drawn = render_line(line, bridges)
    before, after = ("* ", "") if drawn.kind == "action" else ("", ":")
    place = f'<a href="{page}at/{line.id}/">{drawn.at[11:16]}</a>'
    return f"<p>{place} {before}<b>{escape(drawn.subject)}{after}</b> {drawn.html}</p>"


def _newest_lines(channel: Channel) -> list[Entry]:
    lines: list[archive.DayLine] = []
    for count in day_index.newest_days(channel, LINES):
        lines += archive.fetch_messages_of_day(channel, count.day, LINES - len(lines), newest=True)
        if len(lines) == LINES:
            break
    page = settings.SITE_URL + channel.get_absolute_url()
    return [line_entry(line, f"{page}at/{line.id}/", line_summary(line, channel.bridge_nicks)) for line in lines]


def line_entry(line: LineLike, address: str, title: str) -> Entry:
    return Entry(address, title, str(text_html(line.text)), line.at, line.at, author=line.nick or "?")
