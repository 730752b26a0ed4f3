"""A person's own feed: the newest lines with words that they chose, at an address that only they know.

Not among the other feeds, which a replica may answer: a former address has to be invalid at once.
"""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from logs import archive, highlights
from logs.models import Channel, Highlights, Visitor
from logs.search.results import PAGE_SIZE, Page
from logs.views.feeds.feed_format import ATOM, Feed, render_feed
from logs.views.feeds.search_feed import make_entry, refuse_slow_search
from logs.views.http.client_address import action_limiter
from logs.views.http.http_cache import conditional_page
from logs.views.reading.search_request import BusyError, search_slot

MAX_REQUESTS, REQUESTS_WITHIN_SECONDS = 120, 3600
"""How often one feed may be requested within this time, by whom it may be."""


@require_safe
@conditional_page
def show_highlights_feed(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001
    """The feed of an address. It has what its person may read at this moment, signed in or not."""
    own = highlights.find_by_token(token)
    if own is None:
        raise Http404
    state = action_limiter.spend("highlights", str(own.identity_id), MAX_REQUESTS, REQUESTS_WITHIN_SECONDS)
    if state.wait:
        response = HttpResponse("Too many requests.\n", "text/plain", 429, headers={"Retry-After": str(state.wait)})
    else:
        response = _feed(own, token)
    patch_cache_control(response, private=True, no_cache=True)
    # The address is a secret.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, noai, noimageai"
    return response


def _feed(own: Highlights, token: str) -> HttpResponse:
    channels: dict[int, Channel] = {}
    try:
        with search_slot():
            visible = Channel.objects.visible_to(Visitor(identity=own.identity_id)).select_related("network")
            channels = {channel.pk: channel for channel in visible}
            covers_all = Channel.objects.count() == len(channels)
            page = highlights.find_lines(own, channels, all_channels=covers_all, size=PAGE_SIZE)
    except BusyError:
        page = Page(too_slow=True)
    if page.too_slow and not page.lines:
        return refuse_slow_search("The search takes too long: try again later.")
    search_url = f"{reverse('search')}?{urlencode({'q': highlights.search_text(own)})}"
    feed = Feed(
        f"Highlights of {own.identity.nick} on {own.identity.network}",
        settings.SITE_URL + reverse("highlights_feed", args=[token]),
        settings.SITE_URL + search_url,
        own.feed_made_at or archive.day_bounds(archive.today())[0],
    )
    lines = [(line, channels[line.channel_id]) for line in page.lines]
    feed.entries = [make_entry(*each) for each in lines if not highlights.is_own(*each, own.identity)]
    return render_feed(feed, ATOM)
