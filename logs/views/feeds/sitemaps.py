"""Sitemaps for search engines: an index with an entry for each channel and year, and the days of each year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from logs.counts import day_index
from logs.counts.day_index import readable_days
from logs.models import STRANGER, Channel
from logs.views.http.channel_lookup import with_channel
from logs.views.http.errors import PageNotFound
from logs.views.http.http_cache import SHARED_CACHE_SECONDS, conditional_page, keep_for_a_second

MAX_URLS = 50_000
"""Search engines accept this many addresses in a file. A year has at most 368; the index has this many years."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"

SitemapEntries = Iterable[tuple[str, datetime | None]]


def indexed_channels() -> QuerySet[Channel]:
    return Channel.objects.visible_to(STRANGER).filter(indexed=True)


@require_safe
@keep_for_a_second
@conditional_page
def show_sitemap_index(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return _respond("sitemapindex", "sitemap", _year_entries())


@require_safe
@keep_for_a_second
@conditional_page
@with_channel
def show_year_sitemap(request: HttpRequest, channel: Channel, year: int) -> HttpResponseBase:  # noqa: ARG001
    """The days of a year that have lines. 404 for every visitor if the channel is not open to search engines."""
    # Fetched as a stranger sees it, whoever asks: shared caches keep the response.
    indexed = indexed_channels().select_related("network").filter(pk=channel.pk).first()
    entries = list(_day_entries(indexed, year)) if year and indexed else []
    if not entries:
        raise PageNotFound(f"There is no sitemap for {year:04}.", [])
    return _respond("urlset", "url", entries)


def _year_entries() -> SitemapEntries:
    channels = list(indexed_channels().select_related("network"))
    pages = {channel.pk: channel.get_absolute_url() for channel in channels}
    hidden = [period for channel in channels for period in channel.hidden_periods]
    for channel, year, changed_at in day_index.years_of(list(pages), MAX_URLS, hidden):
        yield f"{pages[channel]}sitemap-{year:04}.xml", changed_at


def _day_entries(channel: Channel, year: int) -> SitemapEntries:
    """Yield the year's calendar and its days; first the channel's page if this is the channel's last year."""
    counts = readable_days(channel).filter(day__year=year, seen_lines__gt=0)
    days = list(counts.order_by("-day").values_list("day", "changed_at"))
    if not days:
        return
    channel_url = channel.get_absolute_url()
    newest, newest_at = days[0]
    if newest == day_index.latest_day(channel):
        yield channel_url, newest_at
    yield f"{channel_url}{year:04}/", max(changed_at for _, changed_at in days)
    for day, changed_at in days:
        yield f"{channel_url}{day}/", changed_at


def _respond(root: str, element: str, entries: SitemapEntries) -> HttpResponse:
    body = "".join([_HEAD, f'<{root} xmlns="{_NAMESPACE}">\n', *_write_entries(element, entries), f"</{root}>\n"])
    headers = {"Cache-Control": f"public, max-age=0, s-maxage={SHARED_CACHE_SECONDS}, must-revalidate"}
    return HttpResponse(body, "application/xml; charset=utf-8", headers=headers)


def _write_entries(element: str, entries: SitemapEntries) -> Iterator[str]:
    for path, changed_at in entries:
        at = f"<lastmod>{changed_at:%Y-%m-%dT%H:%M:%S}Z</lastmod>" if changed_at else ""
        yield f"<{element}><loc>{escape(settings.SITE_URL + path)}</loc>{at}</{element}>\n"
