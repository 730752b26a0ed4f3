"""The lists of channels, of all networks and of one, with what happens in each channel; and the About pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import F, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe
from markupsafe import Markup

from logs import archive
from logs.archive import readable_lines
from logs.counts.day_index import readable_days, with_counts
from logs.highlights import search_text
from logs.live.combined import encode_position
from logs.live.service import count_live_readers
from logs.localize import relative_time
from logs.logging_state import is_followed
from logs.models import Channel, Highlights, Network
from logs.render import format_moment
from logs.site_checklist import Item, check_site
from logs.views.http.channel_lookup import build_channel_context, network_or_404, parse_id, with_channel
from logs.views.http.site_files import do_all_allow_ai, set_robots_headers
from logs.views.people.highlights_page import COUNT_SECONDS, HighlightedLine, count_highlights, find_own_highlights
from logs.views.people.visitor import visitor_of
from logs.views.reading.search_request import BusyError, search_slot

PAGE_CHANNELS = 100
SPARK_DAYS = 30
SPARK_HEIGHT = 16
MAX_QUERY_CHARACTERS = 100


class Listing(NamedTuple):
    """A page of channels: `number` counts from 1, `total` counts the channels of all pages; `query` is the filter."""

    channels: list[Channel]
    number: int
    total: int
    query: str
    path: str

    @property
    def networks(self) -> list[tuple[Network, list[Channel]]]:
        by_network = groupby(self.channels, key=lambda channel: channel.network)
        return [(network, list(of_network)) for network, of_network in by_network]

    @property
    def first(self) -> int:
        return (self.number - 1) * PAGE_CHANNELS + 1

    @property
    def last(self) -> int:
        return self.first + len(self.channels) - 1

    @property
    def previous(self) -> str:
        return self._address(self.number - 1) if self.number > 1 else ""

    @property
    def next(self) -> str:
        return self._address(self.number + 1) if self.last < self.total else ""

    def _address(self, number: int) -> str:
        given = ({"q": self.query} if self.query else {}) | ({"page": str(number)} if number > 1 else {})
        return f"{self.path}?{urlencode(given)}" if given else self.path


@require_safe
def show_index(request: HttpRequest) -> HttpResponse:
    listing = _fetch_listing(request, Channel.objects.visible_to(visitor_of(request)))
    context = _context(request, listing) | {"checklist": _fetch_checklist(request)}
    response = render(request, "index.html", context)
    return _with_robots_headers(response, listing)


@require_safe
def show_network(request: HttpRequest, network: str) -> HttpResponse:
    found = network_or_404(visitor_of(request), network)
    if found.name != network:
        return redirect("network", found.name)
    listing = _fetch_listing(request, Channel.objects.visible_to(visitor_of(request)).filter(network=found))
    response = render(request, "network.html", _context(request, listing) | {"network": found})
    return _with_robots_headers(response, listing)


def _context(request: HttpRequest, listing: Listing) -> dict[str, Any]:
    now = timezone.now()
    own = find_own_highlights(request)
    highlighted = _find_highlighted(own, listing.channels) if own and own.words else {}
    sparks = _draw_sparks(listing.channels)
    for channel in listing.channels:
        last_at: datetime | None = getattr(channel, "last_at", None)
        channel.url = channel.get_absolute_url()  # type: ignore[attr-defined]
        if last_at:
            channel.last_moment = format_moment(last_at)  # type: ignore[attr-defined]
            channel.ago = relative_time(last_at, now)  # type: ignore[attr-defined]
        channel.spark = sparks.get(channel.pk)  # type: ignore[attr-defined]
        channel.readers = count_live_readers(channel.pk) or 0  # type: ignore[attr-defined]
        channel.highlighted = highlighted.get(channel.pk)  # type: ignore[attr-defined]
    own_words = search_text(own) if own else ""
    return {"listing": listing, "position": _live_position(listing.channels), "own_words": own_words}


def _find_highlighted(own: Highlights, channels: list[Channel]) -> dict[int, list[HighlightedLine]]:
    """Return the newest lines with the visitor's words by channel; none while too many others search."""
    try:
        with search_slot(COUNT_SECONDS):
            return count_highlights(own, channels)
    except BusyError:
        return {}


def _with_robots_headers(response: HttpResponse, listing: Listing) -> HttpResponse:
    set_robots_headers(response, indexed=not listing.query, ai=do_all_allow_ai(listing.channels))
    return response


def _fetch_checklist(request: HttpRequest) -> list[Item]:
    """Return what a new site still lacks, for superusers; empty for everybody else, and when all is done."""
    if not (visitor_of(request).is_admin and getattr(request.user, "is_superuser", False)):
        return []
    items = check_site()
    return [] if all(item.is_done for item in items) else items


def _fetch_listing(request: HttpRequest, channels: QuerySet[Channel]) -> Listing:
    """Return the page that `?page=` names of the channels in which the words of `?q=` occur."""
    query = " ".join(request.GET.get("q", "")[:MAX_QUERY_CHARACTERS].replace("\0", "").split())
    for word in query.split():
        named = Q(name__icontains=word) | Q(network__name__icontains=word)
        channels = channels.filter(named | Q(description__icontains=word) | Q(topic__icontains=word))
    number = max(1, parse_id(request.GET.get("page", "")) or 1)
    rows = _fetch_with_activity(channels, (number - 1) * PAGE_CHANNELS)
    # Few sites have more than one page: the others save the statement that counts.
    is_only_page = number == 1 and len(rows) <= PAGE_CHANNELS
    total = len(rows) if is_only_page else channels.count()
    return Listing(rows[:PAGE_CHANNELS], number, total, query, request.path)


def _fetch_with_activity(channels: QuerySet[Channel], start: int = 0) -> list[Channel]:
    """Return the channels of a page, and one more if another page follows, by network and latest line.

    Each has the latest line's time (`last_at`), the `total` of lines, how many of them were `said`, and the bot's
    `state`. `last_id` is the last one that was given out.
    """
    by_activity = ("network__name", F("counter__last_at").desc(nulls_last=True), "folded")
    # What the order does not need is computed for the channels of the page only, not for those of the pages before it.
    page = channels.filter(pk__in=channels.order_by(*by_activity).values("pk")[start : start + PAGE_CHANNELS + 1])
    rows: list[Channel] = list(
        page.select_related("network")
        .annotate(
            last_at=F("counter__last_at"),
            total=F("counter__lines"),
            said=F("counter__said"),
            last_id=F("counter__last_id"),
            state=F("status__state"),
            is_followed=is_followed(),
        )
        .order_by(*by_activity)
    )
    # Few channels have lines that a visitor may not read; only for these the two values are read again.
    for channel in (rows_with_hidden := [row for row in rows if row.hidden_periods]):
        newest = readable_lines(channel).order_by("-at").values_list("at", flat=True).first()
        seen = readable_days(channel).aggregate(total=Sum("seen_lines"))["total"]
        channel.last_at, channel.total = newest, seen or 0  # type: ignore[attr-defined]
    return sorted(rows, key=_order) if rows_with_hidden else rows


_SPARKS = """
    SELECT channel_id, array_agg(%(today)s - day), array_agg(said) FROM {days} AS counts
    WHERE channel_id = ANY(%(channels)s) AND day > %(first)s AND day <= %(today)s AND said > 0 GROUP BY channel_id
"""


def _draw_sparks(channels: list[Channel]) -> dict[int, tuple[Markup, int]]:
    """Return the path of a small chart of the last days' messages, and their sum, by channel; none without any."""
    if not channels:
        return {}
    today = archive.today()
    hidden = [period for channel in channels for period in channel.hidden_periods]
    values: dict[str, Any] = {"channels": [channel.pk for channel in channels], "today": today, "hidden": hidden}
    with connection.cursor() as cursor:
        cursor.execute(with_counts(_SPARKS, hidden), values | {"first": today - timedelta(days=SPARK_DAYS)})
        return {channel: (_draw_path(ages, counts), sum(counts)) for channel, ages, counts in cursor.fetchall()}


def _draw_path(ages: list[int], counts: list[int]) -> Markup:
    """Return bars, two units wide, as one SVG path; the square root keeps one busy day from flattening the others."""
    tallest = max(counts) ** 0.5
    bars = sorted(
        ((SPARK_DAYS - 1 - age) * 3, max(1, round(SPARK_HEIGHT * count**0.5 / tallest)))
        for age, count in zip(ages, counts, strict=True)
    )
    return Markup("".join(f"M{x} {SPARK_HEIGHT}v-{height}h2v{height}z" for x, height in bars))  # noqa: S704  (numbers)


def _live_position(channels: list[Channel]) -> str:
    """Return where live goes on after what the page shows; it follows the channels that everybody may read."""
    return encode_position(
        {channel.pk: getattr(channel, "last_id", 0) or 0 for channel in channels if channel.is_public}
    )


def _order(channel: Channel) -> tuple[str, bool, float, str]:
    last_at: datetime | None = getattr(channel, "last_at", None)
    return channel.network.name, last_at is None, -last_at.timestamp() if last_at else 0.0, channel.folded


@require_safe
def show_about(request: HttpRequest) -> HttpResponse:
    bots = Network.objects.filter(wanted=True).exclude(host="")
    return render(request, "about.html", {"bots": bots, "privacy_notice": settings.PRIVACY_NOTICE})


@require_safe
@with_channel
def show_channel_about(request: HttpRequest, channel: Channel) -> HttpResponse:
    return render(request, "channel/about.html", build_channel_context(channel))
