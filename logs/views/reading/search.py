"""Search, in one channel or in all that the visitor may read; and how a search is followed live."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from markupsafe import Markup

from logs.archive import last_ids
from logs.line_texts import line_texts
from logs.live.combined import MAX_CHANNELS, encode_position
from logs.live.line_filter import FilterError, parse_filter
from logs.localize import format_date, month_names
from logs.models import Channel
from logs.render import SAID, element_html, render_line
from logs.search.facets import Facets, count_facets
from logs.search.highlight import HighlightPattern, highlight, highlight_pattern
from logs.search.passages import Passage, passages
from logs.search.query_parser import compose_query_text
from logs.search.results import Page, ResultPosition
from logs.views.http.channel_lookup import with_channel
from logs.views.http.errors import PageNotFound
from logs.views.http.site_files import set_robots_headers
from logs.views.reading.no_results import explain
from logs.views.reading.search_filters import (
    address_of_form,
    shown_filters,
    suggested_channels,
    suggested_nicks,
)
from logs.views.reading.search_request import BusyError, SearchRequest, search_slot

_POSITION = re.compile(r"[0-9]{1,16}-[0-9]{1,9}-[0-9]{1,10}")
RETRY_AFTER_SECONDS = "5"
"""When a search that got no slot may be tried again."""
_MAX_CHOICES = 12


@require_safe
def show_search(request: HttpRequest) -> HttpResponse:
    return keep_from_crawlers(_page(SearchRequest(request, None)), all_channels=True)


@require_safe
@with_channel
def show_channel_search(request: HttpRequest, channel: Channel) -> HttpResponse:
    return keep_from_crawlers(_page(SearchRequest(request, channel)))


def keep_from_crawlers(response: HttpResponse, *, all_channels: bool = False) -> HttpResponse:
    """Crawlers find days, not searches; what is found in many channels they may not use, as one may not want it."""
    set_robots_headers(response, indexed=False, ai=not all_channels)
    return response


def _page(search: SearchRequest) -> HttpResponse:
    if address := address_of_form(search.request):
        return redirect(address)
    after = read_position(search)
    if "date" in search.request.GET:
        return redirect(_jump_address(search))
    is_live = "live" in search.request.GET and not after
    context: dict[str, object] = {
        "search": search,
        "channel": search.channel,
        "query": search.query,
        "is_live": is_live,
        "following_address": None,
        "filters": shown_filters(search),
        "further": after,
        "live": None,
        "suggested_nicks": [],
        "suggested_channels": [],
    }
    try:
        with search_slot():
            context |= {
                "suggested_nicks": suggested_nicks(search),
                "suggested_channels": suggested_channels(search),
                # Before the search: what is said meanwhile comes twice, and the page shows it once.
                "live": follow_search(search) if is_live else None,
                "following_address": following_address(search) if can_follow(search) else None,
            }
            page = search.fetch_page(after)
            found = passages(
                page.lines,
                search.hidden_periods,
                oldest=search.query.oldest,
                conversations=[pk for pk, channel in search.channels.items() if channel.conversations],
            )
            counts = None if after or "first" in search.request.GET else count_facets(page)
            is_empty = search.query and search.channels and not page.lines and not page.too_slow and not after
            explanation = explain(search) if is_empty else None
    except BusyError:
        response = render(search.request, "search/busy.html", context, status=503)
        response["Retry-After"] = RETRY_AFTER_SECONDS
        return response
    if "first" in search.request.GET and found:
        return redirect(_shown(search, found[:1])[0].address)
    context |= {
        "page": page,
        "passages": _shown(search, found),
        "counts": counts,
        "explanation": explanation,
        "choices": _choices(search, counts),
        "suggestions": _suggestions(search, page),
        "next": search.address(older=str(ResultPosition.of(page.lines[-1]))) if page.has_more and page.lines else None,
    }
    return render(search.request, "search/results.html", context)


def _jump_address(search: SearchRequest) -> str:
    """Where the results of a day begin (`?date=`)."""
    try:
        day = date.fromisoformat(search.request.GET.get("date", ""))
        position = ResultPosition.at_day(day, oldest=search.query.oldest)
    except (ValueError, OverflowError):
        return search.address()
    return search.address(older=str(position))


def read_position(search: SearchRequest) -> ResultPosition | None:
    """From where a further page goes on; an address that no page ever linked to is missing."""
    text = search.request.GET.get("older")
    if text is None:
        return None
    if _POSITION.fullmatch(text) is None:
        raise PageNotFound(
            gettext("There is no such page of results."), [(gettext("The first results"), search.address())]
        )
    return ResultPosition.read(text)


class ShownPassage(NamedTuple):
    """`at` and `address` are those of the result that comes first; `html` is the markup of all its lines.

    `conversation` is the address of the page of the whole conversation, "" if the lines are no conversation.
    """

    channel: Channel
    at: datetime
    address: str
    html: Markup
    conversation: str


def _shown(search: SearchRequest, found: list[Passage]) -> list[ShownPassage]:
    pattern = highlight_pattern(search.expanded_query.marked)
    channels = {pk: search.channels[pk] for pk in {passage.channel for passage in found}}
    addresses = {pk: channel.get_absolute_url() for pk, channel in channels.items()}
    bridges = {pk: channel.bridge_nicks for pk, channel in channels.items()}
    # The page to which a result leads highlights the words, too.
    query = f"?{urlencode({'find': search.text})}" if pattern else ""
    shown = []
    for passage in found:
        address, first = addresses[passage.channel], passage.first(oldest=search.query.oldest)
        html = _lines_html(passage, address, bridges[passage.channel], pattern, query)
        conversation = f"{address}conversation/{first.id}/" if passage.is_conversation else ""
        line_address = f"{address}at/{first.id}/{query}"
        shown.append(ShownPassage(channels[passage.channel], first.at, line_address, html, conversation))
    return shown


def _lines_html(
    passage: Passage, address: str, bridges: frozenset[str], pattern: HighlightPattern | None, query: str
) -> Markup:
    """The lines as a day's page shows them, the words of the query highlighted in the results."""
    lines = []
    speaker, texts = None, line_texts()
    for line in passage.lines:
        drawn = render_line(line, bridges, texts=texts)
        nick = drawn.nick if line.kind in SAID else None
        is_result = line.id in passage.found
        if is_result:
            drawn = drawn._replace(html=highlight(drawn.html, pattern))
        part = "found" if is_result else "context"
        # A result says who said it, even if the line above it is by the same.
        is_same = nick is not None and nick == speaker and not is_result
        lines.append(element_html(drawn, address, part, same=is_same, query=query if is_result else "", texts=texts))
        speaker = nick
    return Markup("\n".join(lines))  # noqa: S704  (its parts are escaped)


class Choice(NamedTuple):
    """Words that narrow the search, and how many results have them."""

    words: str
    hits: int
    address: str


def _choices(search: SearchRequest, counts: Facets | None) -> list[tuple[str, list[Choice]]]:
    """Choices under headings. A filter that the query has already is not offered again."""
    if counts is None or not counts.total:
        return []
    channels = [
        Choice(channel.name, count, search.narrowed(f"in:{channel.network.name}/{channel.name}"))
        for pk, count in counts.channels.most_common(_MAX_CHOICES)
        if (channel := search.channels.get(pk)) and not search.query.channels
    ]
    by_year = sorted(counts.years.items(), reverse=True)
    years = [Choice(f"{year}", count, search.narrowed(f"on:{year}")) for year, count in by_year]
    months = _months(search, counts) if len(years) == 1 else []
    nicks = [
        Choice(nick, count, search.narrowed(f"nick:{nick}"))
        for nick, count in counts.nicks.most_common(_MAX_CHOICES)
        if nick and not search.query.nicks
    ]
    offered = [
        (gettext("Channels"), channels),
        (gettext("Years"), years),
        (gettext("Months"), months),
        (gettext("Nicks"), nicks),
    ]
    return [(heading, choices) for heading, choices in offered if len(choices) > 1]


def _months(search: SearchRequest, counts: Facets) -> list[Choice]:
    """The months of a year, in place of the year that the query has."""
    others = [words for words in search.query.filters if not words.lower().startswith("on:")]
    by_month, names = sorted(counts.months.items(), reverse=True), month_names()
    return [
        Choice(names[month.month - 1], count, search.with_filters([*others, f"on:{month:%Y-%m}"]))
        for month, count in by_month
    ]


def _suggestions(search: SearchRequest, page: Page) -> list[tuple[str, str]]:
    """How a search that took too long can be narrowed: words and address."""
    if not page.too_slow:
        return []
    offers = []
    if page.searched_to and not page.lines:
        side = "after" if search.query.oldest else "before"
        words = gettext("Go on after %(day)s") if search.query.oldest else gettext("Go on before %(day)s")
        offers.append((words % {"day": page.searched_to}, search.narrowed(f"{side}:{page.searched_to}")))
    newest = page.lines[0].at if page.lines else datetime.now(UTC)
    only = gettext("Only %(time)s")
    return [
        *offers,
        (only % {"time": format_date(newest.date(), "month")}, search.narrowed(f"on:{newest:%Y-%m}")),
        (only % {"time": f"{newest:%Y}"}, search.narrowed(f"on:{newest:%Y}")),
    ]


_MAX_NAMED = 50
"""How many channels a stream is asked for by their names, which the address has to hold."""


class LiveSearch(NamedTuple):
    """The stream of new lines that a search would find: its address, and the position of the page in it."""

    address: str
    position: str


def can_follow(search: SearchRequest) -> bool:
    """Whether new lines can be matched as they come: words and filters, but no dates."""
    if not search.query or len(search.channels) > MAX_CHANNELS:
        return False
    try:
        return parse_filter(_filter_text(search)) is not None and _followed_names(search) is not None
    except FilterError:
        return False


def following_address(search: SearchRequest) -> str:
    """The address of the page of results that follows live: the newest first, as new ones come on top."""
    return search.sorted_address(oldest=False, live=1)


def follow_search(search: SearchRequest) -> LiveSearch | None:
    """Return the stream of this search, None if it cannot be followed."""
    names = _followed_names(search)
    if names is None or not can_follow(search):
        return None
    query = [("q", _filter_text(search)), ("html", "1"), *(("channel", name) for name in names)]
    position = encode_position(last_ids(search.channels.values()))
    return LiveSearch(f"{reverse('api:combined_live')}?{urlencode(query)}", position)


def _filter_text(search: SearchRequest) -> str:
    """The query without the channels and the order, which are no properties of a line."""
    filters = [words for words in search.query.filters if not words.lower().startswith(("in:", "sort:"))]
    return compose_query_text(search.query, filters)


def _followed_names(search: SearchRequest) -> list[str] | None:
    """Return the channels to name in the stream's address: none means all. None if they are too many to name."""
    if search.channel is None and not search.query.channels:
        return []
    paths = [channel.get_absolute_url().strip("/") for channel in search.channels.values()]
    return paths if 0 < len(paths) <= _MAX_NAMED else None
