"""A search for feed readers: its newest results."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from logs import archive
from logs.models import Channel
from logs.render import line_summary
from logs.search.database import FoundLine
from logs.search.results import Page, ResultPosition
from logs.views.feeds.channel_feed import make_line_entry
from logs.views.feeds.feed_format import Entry, Feed, render_feed
from logs.views.http.channel_lookup import with_channel
from logs.views.http.cross_origin import allow_any_origin
from logs.views.http.http_cache import conditional_page
from logs.views.reading.search import RETRY_AFTER_SECONDS, keep_from_crawlers, read_position
from logs.views.reading.search_request import BusyError, SearchRequest, search_slot


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
