"""Search, in one channel or in all that the visitor may read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from markupsafe import Markup

from logs.models import Channel
from logs.render import SAID, draw, markup
from logs.search.facets import Facets
from logs.search.highlight import mark, marker
from logs.search.results import Page, Passage, ResultPosition, passages
from logs.views.http.channel_lookup import Missing, of_channel
from logs.views.http.robots import tell_crawlers
from logs.views.reading.search_request import Asked, BusyError, turn

_PLACE = re.compile(r"[0-9]{1,16}-[0-9]{1,9}-[0-9]{1,10}")
SOON = "5"
"""Seconds after which a search that found no turn may be tried again."""
_MOST_CHOICES = 12


@require_safe
def show_search(request: HttpRequest) -> HttpResponse:
    return found_by_nobody(_page(Asked(request, None)), everywhere=True)


@require_safe
@of_channel
def show_channel_search(request: HttpRequest, channel: Channel) -> HttpResponse:
    return found_by_nobody(_page(Asked(request, channel)))


def found_by_nobody(response: HttpResponse, *, everywhere: bool = False) -> HttpResponse:
    """Crawlers find days, not searches; what is found in many channels they may not use, as one may not want it."""
    tell_crawlers(response, indexed=False, ai=not everywhere)
    return response


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
        response["Retry-After"] = SOON
        return response
    context |= {
        "page": page,
        "passages": _shown(asked, found),
        "counts": counts,
        "choices": _choices(asked, counts),
        "narrower": _narrower(asked, page),
        "next": asked.address(older=str(ResultPosition.of(page.lines[-1]))) if page.more and page.lines else None,
    }
    return render(asked.request, "search/results.html", context)


def _place(asked: Asked) -> ResultPosition | None:
    """From where an older page goes on; an address that no page ever linked to is missing."""
    text = asked.request.GET.get("older")
    if text is None:
        return None
    if _PLACE.fullmatch(text) is None:
        raise Missing("There is no such page of results.", [("The newest results", asked.address())])
    return ResultPosition.read(text)


class ShownPassage(NamedTuple):
    """`at` and `address` are those of its newest result."""

    channel: Channel
    at: datetime
    address: str
    lines: list[Markup]


def _shown(asked: Asked, found: list[Passage]) -> list[ShownPassage]:
    marks = marker(asked.searched.marked)
    addresses = {pk: asked.channels[pk].get_absolute_url() for pk in {passage.channel for passage in found}}
    shown = []
    for passage in found:
        channel, newest, address = asked.channels[passage.channel], passage.newest, addresses[passage.channel]
        lines = list(_lines(passage, address, channel.bridge_nicks, marks))
        shown.append(ShownPassage(channel, newest.at, f"{address}at/{newest.id}/", lines))
    return shown


def _lines(passage: Passage, address: str, bridges: frozenset[str], marks: re.Pattern[str] | None) -> Iterator[Markup]:
    """The lines as a day's page shows them, what was looked for marked in the results."""
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
