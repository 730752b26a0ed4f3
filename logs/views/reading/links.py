"""The links that were shared in a channel: a month at a time, the newest first, all or those to one host."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import gevent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from logs.models import Channel
from logs.models.line import SAID
from logs.render import LineLike
from logs.search.query_parser import Query, parse
from logs.search.results import Page, ResultPosition, search
from logs.text.irc_formatting import strip_formatting
from logs.text.markup import find_links
from logs.text.names import fold, parse_bridged
from logs.views.http.channel_lookup import build_channel_context, with_channel
from logs.views.http.errors import PageNotFound
from logs.views.http.site_files import set_robots_headers
from logs.views.reading.search_request import BusyError, search_slot

LINES_AT_ONCE = 50
"""So many lines are looked through before other requests go on."""


@dataclass(slots=True)
class SharedLink:
    """A link, the newest line with it, the number of lines, and who said them: the newest first, each once."""

    address: str
    host: str
    line: int
    at: datetime
    times: int = 0
    nicks: list[str] = field(default_factory=list)


def collect_links(lines: Iterable[LineLike], bridges: Collection[str] = (), host: str = "") -> list[SharedLink]:
    """Return the links of lines, in the order of the lines: those to a host or one below it, or all.

    `bridges` holds the folded nicks of bots that relay messages from elsewhere.
    """
    found: dict[str, SharedLink] = {}
    for number, line in enumerate(lines):
        if number % LINES_AT_ONCE == LINES_AT_ONCE - 1:
            gevent.sleep(0)
        bridged = parse_bridged(line.text) if line.kind in SAID and bridges and fold(line.nick) in bridges else None
        nick = bridged.name if bridged else line.nick
        hrefs = (link.href for link in find_links(strip_formatting(line.text)))
        for address in dict.fromkeys(hrefs):
            name = host_of(address)
            if not name or (host and not is_below(name, host)):
                continue
            link = found.setdefault(address, SharedLink(address, name, line.id, line.at))
            link.times += 1
            if nick not in link.nicks:
                link.nicks.append(nick)
    return list(found.values())


def count_hosts(links: Iterable[SharedLink]) -> Counter[str]:
    """Return how many links lead to each host, without `www.`."""
    return Counter(link.host for link in links)


def host_of(address: str) -> str:
    """Return the host of a link without `www.`; "" if it has none, as an address of mail."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def is_below(name: str, host: str) -> bool:
    """Return whether a name is that of a host or of one below it."""
    return f".{name}".endswith(f".{host}")


MAX_LINES = 1000
"""Lines with links that a page looks through; a month with more has several pages."""

MAX_HOSTS = 20

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_POSITION = re.compile(r"[0-9]{1,16}-[0-9]{1,9}-[0-9]{1,10}")


class _Months(NamedTuple):
    """The month that is shown, and the nearest months with links before and after it."""

    shown: date | None
    previous: date | None = None
    following: date | None = None


@require_safe
@with_channel
def show_links(request: HttpRequest, channel: Channel) -> HttpResponse:
    """`?month=2026-11`, `?host=github.com`, `?older=` as in a search; without a month, the newest one with links."""
    query = Query(link=True)
    # The search's parser decides what a host is.
    host = next(iter(parse(f'site:"{request.GET.get("host", "")}"').sites), "")
    query.sites = [host] if host else []
    context = build_channel_context(channel) | {"host": host}
    after = _position(request, channel)
    try:
        with search_slot():
            months = _months(channel, query, _wanted_month(request, channel))
            page = _fetch(channel, query, months.shown, after=after, size=MAX_LINES) if months.shown else Page()
    except BusyError:
        response = render(request, "channel/links.html", context | {"months": None}, status=503)
        response["Retry-After"] = "5"
        return response
    links = collect_links(page.lines, channel.bridge_nicks, host)
    hosts = count_hosts(links)
    context |= {
        "months": months,
        "links": links,
        "hosts": [(name, count, _address(channel, months.shown, name)) for name, count in hosts.most_common(MAX_HOSTS)],
        "everywhere": _address(channel, months.shown, ""),
        "previous": _address(channel, months.previous, host),
        "following": _address(channel, months.following, host),
        "is_part": page.has_more or after is not None,
        "too_slow": page.too_slow,
        "older": _older_url(channel, page, months.shown, host),
    }
    response = render(request, "channel/links.html", context)
    set_robots_headers(response, indexed=False, ai=True)
    return response


def _wanted_month(request: HttpRequest, channel: Channel) -> date | None:
    text = request.GET.get("month", "")
    if not text:
        return None
    match = _MONTH.fullmatch(text)
    try:
        month = date(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        month = None
    if month is None or not date.min.year < month.year < date.max.year:
        sentence = gettext("There is no month “%(month)s”.") % {"month": text}
        raise PageNotFound(sentence, [(gettext("The newest links"), _address(channel, None, ""))])
    return month


def _position(request: HttpRequest, channel: Channel) -> ResultPosition | None:
    text = request.GET.get("older")
    if text is None:
        return None
    if _POSITION.fullmatch(text) is None:
        raise PageNotFound(
            gettext("There is no such page of links."), [(gettext("The newest links"), _address(channel, None, ""))]
        )
    return ResultPosition.read(text)


def _months(channel: Channel, query: Query, month: date | None) -> _Months:
    """Each is the month of the first line that a search finds, so that the cost does not grow with the archive."""
    if month is None:
        month = _month_of(channel, query)
    if month is None:
        return _Months(None)
    earlier = _month_of(channel, replace(query, before=month))
    later = _month_of(channel, replace(query, after=_next(month), oldest=True))
    return _Months(month, earlier, later)


def _month_of(channel: Channel, query: Query) -> date | None:
    page = search(query, [channel.pk], all_channels=False, hidden_periods=channel.hidden_periods, size=1)
    # Without a result it is unknown whether there is such a month.
    if page.too_slow and not page.lines:
        raise BusyError
    return page.lines[0].at.astimezone(UTC).date().replace(day=1) if page.lines else None


def _fetch(channel: Channel, query: Query, month: date, *, after: ResultPosition | None, size: int) -> Page:
    of_month = replace(query, after=month, before=_next(month))
    hidden = channel.hidden_periods
    return search(of_month, [channel.pk], all_channels=False, hidden_periods=hidden, after=after, size=size)


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _older_url(channel: Channel, page: Page, month: date | None, host: str) -> str | None:
    if not page.has_more or not page.lines:
        return None
    return _address(channel, month, host, older=str(ResultPosition.of(page.lines[-1])))


def _address(channel: Channel, month: date | None, host: str, **parameters: str) -> str:
    if host:
        parameters = {"host": host} | parameters
    if month:
        parameters = {"month": f"{month:%Y-%m}"} | parameters
    path = reverse("channel_links", args=[channel.network.name, channel.name])
    return f"{path}?{urlencode(parameters)}" if parameters else path
