"""A channel's feeds: an entry for each closed day, or with `?by=line` one for each line.

`?limit=` says how many, `?before=` begins an older page, to which each page has a link.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from markupsafe import escape

from logs import archive
from logs.counts import day_index
from logs.models import Channel, DayCount
from logs.pagination import LinePosition
from logs.render import LineLike, line_summary, render_line
from logs.search.database import FoundLine
from logs.search.results import Page, ResultPosition
from logs.text.markup import text_html
from logs.views.feeds.feed_format import Entry, Feed, render_feed
from logs.views.http.channel_lookup import day_url, format_long_date, parse_limit, with_channel
from logs.views.http.cross_origin import allow_any_origin
from logs.views.http.http_cache import conditional_page, fetch_state, has_no_session, respond_conditionally
from logs.views.reading.search import RETRY_AFTER_SECONDS, keep_from_crawlers, read_position
from logs.views.reading.search_request import BusyError, SearchRequest, search_slot

DEFAULT_DAYS, MAX_DAYS = 10, 50
MAX_LINES_OF_DAY = 300
DEFAULT_LINES, MAX_LINES = 50, 1000

_FEED_STATE = """
    SELECT logs_channel.delay, max(count.changed_at), max(count.day), logs_channel.id, network.name, logs_channel.name,
        logs_channel.bridges, logs_channel.indexed, logs_channel.ai, sum(count.revision)
    FROM logs_channel JOIN logs_network network ON network.id = logs_channel.network_id
    LEFT JOIN logs_daycount count ON count.channel_id = logs_channel.id AND (
        %(lines)s OR count.day < ((%(now)s - logs_channel.delay * interval '1 minute') AT TIME ZONE 'UTC')::date)
        AND (count.lines = 0 OR count.lines > (SELECT coalesce(sum(closed.lines), 0) FROM logs_closeddaycount closed
            WHERE closed.channel_id = logs_channel.id AND closed.day = count.day))
    WHERE network.name = %(network)s AND logs_channel.name = %(name)s AND {readable}
    GROUP BY logs_channel.id, network.id
"""


def cache_feed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorate a feed's view: respond 304 after one query to a client that has the current feed."""

    @wraps(view)
    def respond(request: HttpRequest, network: str, channel: str, **rest: Any) -> HttpResponseBase:
        render = partial(view, request, network=network, channel=channel, **rest)
        state = _fetch_state(request, network, channel) if has_no_session(request) else None
        if state is None:
            return respond_conditionally(request, None, render)
        delay, changed_at, day, *_ = state
        if day and not _is_by_line(request):
            # Without a change of its lines, a day enters the feed by being over.
            changed_at = max(changed_at, _published_at(day, delay))
        return respond_conditionally(request, state, render, changed_at)

    return respond


@allow_any_origin
@require_safe
@cache_feed
@with_channel
def show_feed(request: HttpRequest, channel: Channel, form: str) -> HttpResponse:
    name = f"{channel.name} on {channel.network.name}"
    view = "feed" if form == "atom" else f"feed_{form}"
    feed_url = settings.SITE_URL + reverse(view, args=[channel.network.name, channel.name])
    page_url = settings.SITE_URL + channel.get_absolute_url()
    if _is_by_line(request):
        feed = Feed(f"{name}, line by line", f"{feed_url}?by=line", page_url, channel.created_at)
        _add_lines(feed, request, channel)
    else:
        feed = Feed(f"{name}, day by day", feed_url, page_url, channel.created_at)
        _add_days(feed, request, channel)
    return render_feed(feed, form)


def _add_lines(feed: Feed, request: HttpRequest, channel: Channel) -> None:
    limit = _parse_limit(request, feed, DEFAULT_LINES, MAX_LINES)
    before = LinePosition.parse(request.GET.get("before", ""))
    feed.parameters |= {"before": str(before)} if before else {}
    # One line more than the page shows whether there is another page.
    lines = _newest_lines(channel, limit + 1, before)
    page_url = feed.page_url
    feed.entries = [
        make_line_entry(line, f"{page_url}at/{line.id}/", line_summary(line, channel.bridge_nicks))
        for line in lines[:limit]
    ]
    if len(lines) > limit:
        feed.older = {"before": str(LinePosition.of(lines[limit - 1]))}


def _add_days(feed: Feed, request: HttpRequest, channel: Channel) -> None:
    limit = _parse_limit(request, feed, DEFAULT_DAYS, MAX_DAYS)
    before = archive.parse_day(request.GET.get("before", ""))
    feed.parameters |= {"before": str(before)} if before else {}
    first_open = day_index.first_open_day(channel)
    closed = day_index.newest_days(channel, limit + 1, before=min(before, first_open) if before else first_open)
    feed.entries = [_day_entry(channel, count) for count in closed[:limit]]
    if len(closed) > limit:
        feed.older = {"before": str(closed[limit - 1].day)}


def _parse_limit(request: HttpRequest, feed: Feed, default: int, maximum: int) -> int:
    """Return how many entries a request asks for; what it says becomes part of the feed's address."""
    limit = parse_limit(request.GET.get("limit", ""), maximum, 0)
    feed.parameters |= {"limit": str(limit)} if limit else {}
    return limit or default


def _is_by_line(request: HttpRequest) -> bool:
    return request.GET.get("by") == "line"


def _fetch_state(request: HttpRequest, network: str, name: str) -> tuple[Any, ...] | None:
    """Return what the ETag depends on, or None for a channel that strangers cannot read."""
    parameters = {"network": network, "name": name, "lines": _is_by_line(request), "now": timezone.now()}
    return fetch_state(_FEED_STATE, parameters)


def _published_at(day: date, delay: int) -> datetime:
    """Return the time at which the last line of a day is published; `delay` is in minutes."""
    return archive.day_bounds(day)[1] + timedelta(minutes=delay)


def _day_entry(channel: Channel, count: DayCount) -> Entry:
    lines = archive.fetch_messages_of_day(channel, count.day, MAX_LINES_OF_DAY)
    page_url = str(escape(settings.SITE_URL + channel.get_absolute_url()))
    entry_url = settings.SITE_URL + day_url(channel, count.day)
    html = [_line_html(line, page_url, channel.bridge_nicks) for line in lines]
    omitted = count.said - len(lines)
    if omitted > 0:
        html.append(f'<p><a href="{escape(entry_url)}">{omitted:,} more lines</a></p>')
    nicks = len({line.nick for line in lines})
    published_at = _published_at(count.day, channel.delay)
    summary = f"{count.said:,} line{'s' if count.said != 1 else ''}"
    # The nicks of omitted lines are not counted.
    summary += "" if omitted > 0 else f" by {nicks} nick{'s' if nicks != 1 else ''}"
    return Entry(
        entry_url,
        f"{channel.name} on {format_long_date(count.day)}",
        "\n".join(html),
        published=published_at,
        updated=max(published_at, count.changed_at),
        summary=f"{summary}.",
    )


def _line_html(line: archive.DayLine, page_url: str, bridges: frozenset[str]) -> str:
    """Return a line as HTML. A format string with escaped parts, because a feed has thousands of lines."""
    drawn = render_line(line, bridges)
    before, after = ("* ", "") if drawn.kind == "action" else ("", ":")
    link = f'<a href="{page_url}at/{line.id}/">{drawn.at[11:16]}</a>'
    return f"<p>{link} {before}<b>{escape(drawn.subject)}{after}</b> {drawn.html}</p>"


def _newest_lines(channel: Channel, limit: int, before: LinePosition | None) -> list[archive.DayLine]:
    lines: list[archive.DayLine] = []
    last_day = before.at.date() if before else date.max
    day_after = last_day + timedelta(days=1) if last_day < date.max else date.max
    # Each day in the list has something that was said, but for the first, where it may all be after the position.
    for count in day_index.newest_days(channel, limit + 1, before=day_after):
        lines += archive.fetch_messages_of_day(channel, count.day, limit - len(lines), newest=True, before=before)
        if len(lines) == limit:
            break
    return lines


def make_line_entry(line: LineLike, url: str, title: str) -> Entry:
    return Entry(url, title, str(text_html(line.text)), line.at, line.at, author=line.nick or "?")


@allow_any_origin
@require_safe
@conditional_page
def show_search_feed(request: HttpRequest, form: str) -> HttpResponse:
    return keep_from_crawlers(_feed(SearchRequest(request, None), form), all_channels=True)


@allow_any_origin
@require_safe
@conditional_page
@with_channel
def show_channel_search_feed(request: HttpRequest, channel: Channel, form: str) -> HttpResponse:
    return keep_from_crawlers(_feed(SearchRequest(request, channel), form))


def _feed(search: SearchRequest, form: str) -> HttpResponse:
    """A page of results, from `?older=` on.

    503 if the results could not be found in time, so that readers keep what they have.
    """
    older = read_position(search)
    try:
        with search_slot():
            page = search.newest_first().fetch_page(older)
            channels = search.channels
    except BusyError:
        page = Page(too_slow=True)
    if page.too_slow and not page.lines:
        return refuse_slow_search("Too slow: narrow the search by date.")
    address = settings.SITE_URL + search.address("search_feed" if form == "atom" else f"search_feed_{form}")
    scope = f" in {search.channel.name}" if search.channel else ""
    today, _ = archive.day_bounds(archive.today())
    feed = Feed(f"“{search.text}”{scope}", address, settings.SITE_URL + search.address(), today)
    feed.entries = [make_entry(line, channels[line.channel_id]) for line in page.lines]
    feed.parameters = {"older": str(older)} if older else {}
    if page.has_more and page.lines:
        feed.older = {"older": str(ResultPosition.of(page.lines[-1]))}
    return render_feed(feed, form)


def refuse_slow_search(sentence: str) -> HttpResponse:
    """Return the response in place of a feed whose lines were not found in time."""
    return HttpResponse(sentence, "text/plain", 503, headers={"Retry-After": RETRY_AFTER_SECONDS})


def make_entry(line: FoundLine, channel: Channel) -> Entry:
    address = settings.SITE_URL + reverse("line", args=[channel.network.name, channel.name, line.id])
    return make_line_entry(line, address, f"{channel.name}: {line_summary(line, channel.bridge_nicks)}")
