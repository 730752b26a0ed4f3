"""Where search engines find the days: an index of the years of all channels that want to be found, and each year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import conditional_page, require_safe

from logs.counts import day_index
from logs.models import STRANGER, Channel, DayCount
from logs.views.http.channel_lookup import Missing, of_channel
from logs.views.http.http_cache import SHARED_SECONDS

MOST = 50_000
"""The most addresses that search engines take in one file. A year has at most 368; the index so many years."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"

Places = Iterable[tuple[str, datetime | None]]


def indexed() -> QuerySet[Channel]:
    return Channel.objects.visible_to(STRANGER).filter(indexed=True)


@require_safe
@conditional_page
def show_sitemaps(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return _answer("sitemapindex", "sitemap", _years())


@require_safe
@conditional_page
@of_channel
def show_sitemap(request: HttpRequest, channel: Channel, year: int) -> HttpResponseBase:  # noqa: ARG001
    """The days of a year that have lines. 404 for a channel that does not want to be found, whoever asks."""
    places = list(_days(channel, year)) if year and indexed().filter(pk=channel.pk).exists() else []
    if not places:
        raise Missing(f"There is no list of days of {year:04} for search engines.", [])
    return _answer("urlset", "url", places)


def _years() -> Places:
    pages = {channel.pk: channel.get_absolute_url() for channel in indexed().select_related("network")}
    for channel, year, changed_at in day_index.years_of(list(pages), MOST):
        yield f"{pages[channel]}sitemap-{year:04}.xml", changed_at


def _days(channel: Channel, year: int) -> Places:
    """The days; with them the year's calendar and, in the year that is the last one, the channel itself."""
    of_year = DayCount.objects.filter(channel=channel, day__year=year, lines__gt=0)
    found = list(of_year.order_by("-day").values_list("day", "changed_at"))
    if not found:
        return
    page = channel.get_absolute_url()
    newest, newest_at = found[0]
    if newest == day_index.latest_day(channel):
        yield page, newest_at
    yield f"{page}{year:04}/", max(changed_at for _, changed_at in found)
    for day, changed_at in found:
        yield f"{page}{day}/", changed_at


def _answer(whole: str, part: str, places: Places) -> HttpResponse:
    body = "".join([_HEAD, f'<{whole} xmlns="{_NAMESPACE}">\n', *_parts(part, places), f"</{whole}>\n"])
    cached = {"Cache-Control": f"public, max-age=0, s-maxage={SHARED_SECONDS}, must-revalidate"}
    return HttpResponse(body, "application/xml; charset=utf-8", headers=cached)


def _parts(part: str, places: Places) -> Iterator[str]:
    for address, changed_at in places:
        at = f"<lastmod>{changed_at:%Y-%m-%dT%H:%M:%S}Z</lastmod>" if changed_at else ""
        yield f"<{part}><loc>{escape(settings.SITE_URL + address)}</loc>{at}</{part}>\n"
