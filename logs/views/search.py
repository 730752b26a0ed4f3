"""Search, in one channel or in all that the visitor may read: its page and its feed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import conditional_page, require_safe
from markupsafe import Markup

from logs.models import Channel
from logs.render import SAID, draw, line_text, markup
from logs.search.asking import Found
from logs.search.facets import Facets
from logs.search.marks import mark, marker
from logs.search.page import Page, Place
from logs.search.passages import Passage, passages
from logs.text.markup import text_html
from logs.text.mirc import strip
from logs.views.asked import Asked, BusyError, turn
from logs.views.lookup import Missing, of_channel

_PLACE = re.compile(r"([0-9]{1,16})-([0-9]{1,9})-([0-9]{1,10})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SOON = "5"
_MOST_CHOICES = 12


@require_safe
def show_search(request: HttpRequest) -> HttpResponse:
    return _page(Asked(request, None))


@require_safe
@of_channel
def show_channel_search(request: HttpRequest, channel: Channel) -> HttpResponse:
    return _page(Asked(request, channel))


@require_safe
@conditional_page
def search_feed(request: HttpRequest) -> HttpResponse:
    return _feed(Asked(request, None))


@require_safe
@conditional_page
@of_channel
def channel_search_feed(request: HttpRequest, channel: Channel) -> HttpResponse:
    return _feed(Asked(request, channel))


def _page(asked: Asked) -> HttpResponse:
    before = _place(asked)
    context: dict[str, object] = {"asked": asked, "channel": asked.channel, "query": asked.query, "older": before}
    try:
        with turn():
            page = asked.run(before)
            found = passages(page.lines)
            counts = None if before else asked.count(page)
    except BusyError:
        response = render(asked.request, "search/busy.html", context, status=503)
        response["Retry-After"] = _SOON
        return response
    context |= {
        "page": page,
        "passages": _shown(asked, found),
        "counts": counts,
        "choices": _choices(asked, counts),
        "narrower": _narrower(asked, page),
        "next": asked.address(older=_cursor(page.lines[-1])) if page.more and page.lines else None,
    }
    return render(asked.request, "search/page.html", context)


def _place(asked: Asked) -> Place | None:
    """From where an older page goes on; an address that no page ever linked to is missing."""
    text = asked.request.GET.get("older")
    if text is None:
        return None
    match = _PLACE.fullmatch(text)
    if match is None:
        raise Missing("There is no such page of results.", [("The newest results", asked.address())])
    microseconds, channel, number = map(int, match.groups())
    return Place(_EPOCH + timedelta(microseconds=microseconds), channel, number)


def _cursor(line: Found) -> str:
    return f"{(line.at - _EPOCH) // timedelta(microseconds=1)}-{line.channel_id}-{line.id}"


class ShownPassage(NamedTuple):
    channel: Channel
    at: datetime
    newest: int
    lines: list[Markup]


def _shown(asked: Asked, found: list[Passage]) -> list[ShownPassage]:
    marks = marker(asked.searched.marked)
    return [
        ShownPassage(channel, passage.newest.at, passage.newest.id, list(_lines(passage, channel, marks)))
        for passage in found
        for channel in [asked.channels[passage.channel]]
    ]


def _lines(passage: Passage, channel: Channel, marks: re.Pattern[str] | None) -> Iterator[Markup]:
    """The lines as a day's page shows them, what was looked for marked in the results."""
    address, bridges = channel.get_absolute_url(), channel.bridge_nicks
    speaker = None
    for line in passage.lines:
        found = line.id in passage.found
        drawn = draw(line, bridges)
        said_by = drawn.nick if line.kind in SAID else None
        if found:
            drawn = drawn._replace(html=mark(drawn.html, marks))
        html = markup(drawn, address, "found" if found else "context", same=said_by is not None and said_by == speaker)
        yield Markup(html)  # noqa: S704  (its parts are escaped)
        speaker = said_by


class Choice(NamedTuple):
    words: str
    hits: int
    address: str


def _choices(asked: Asked, counts: Facets | None) -> list[tuple[str, list[Choice]]]:
    """Words that narrow the search, under headings; what the search already says is not offered again."""
    if counts is None or not counts.total:
        return []
    channels = [
        Choice(channel.name, count, asked.narrowed(f"in:{channel.network.name}/{channel.name}"))
        for pk, count in counts.channels.most_common()
        if (channel := asked.channels.get(pk)) and not asked.query.channels
    ]
    by_year = sorted(counts.years.items(), reverse=True)
    years = [Choice(f"{year}", count, asked.narrowed(f"on:{year}")) for year, count in by_year]
    nicks = [
        Choice(nick, count, asked.narrowed(f"nick:{nick}"))
        for nick, count in counts.nicks.most_common(_MOST_CHOICES)
        if nick and not asked.query.nicks
    ]
    offered = [("Channels", channels[:_MOST_CHOICES]), ("Years", years), ("Nicks", nicks)]
    return [(heading, choices) for heading, choices in offered if len(choices) > 1]


def _narrower(asked: Asked, page: Page) -> list[tuple[str, str]]:
    """What to offer (words, address) when a search took too long."""
    if not page.too_slow:
        return []
    offers = []
    if page.searched_back_to and not page.lines:
        offers.append((f"Go on before {page.searched_back_to}", asked.narrowed(f"before:{page.searched_back_to}")))
    newest = page.lines[0].at if page.lines else datetime.now(UTC)
    return [
        *offers,
        (f"Only {newest:%B %Y}", asked.narrowed(f"on:{newest:%Y-%m}")),
        (f"Only {newest:%Y}", asked.narrowed(f"on:{newest:%Y}")),
    ]


def _feed(asked: Asked) -> HttpResponse:
    """The newest results as Atom; 503 if they could not be found in time, so that readers keep what they have."""
    try:
        with turn():
            page = asked.run()
            channels = asked.channels
    except BusyError:
        page = Page(too_slow=True)
    if page.too_slow and not page.lines:
        return HttpResponse("Too slow: narrow the search by date.", "text/plain", 503, headers={"Retry-After": _SOON})
    feed = Atom1Feed(
        title=_title(asked),
        link=f"{settings.SITE_URL}{asked.address()}",
        description=None,
        feed_url=f"{settings.SITE_URL}{asked.address('search_feed')}",
        feed_guid=f"{settings.SITE_URL}{asked.address()}",
    )
    for line in page.lines:
        channel = channels[line.channel_id]
        link = settings.SITE_URL + reverse("line", args=[channel.network.name, channel.name, line.id])
        feed.add_item(
            strip(f"{channel.name}: {line_text(line).partition(' ')[2]}"),
            link,
            str(text_html(line.text)),
            unique_id=link,
            pubdate=line.at,
            updateddate=line.at,
            author_name=strip(line.nick) or "?",
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def _title(asked: Asked) -> str:
    where = f" in {asked.channel.name}" if asked.channel else ""
    return strip(f"“{asked.text}”{where} – {settings.SITE_NAME}")
