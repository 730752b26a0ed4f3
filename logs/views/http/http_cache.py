"""Conditional responses: closed days and feeds, of which a single query says whether they have changed.

A page's ETag covers everything on the page: the day's lines by their revision, its gaps, its neighbouring days, the
channel, the language, and the code, templates and messages that render it. Only pages that strangers may read have an
ETag. The revision also grows when a closed period is published; a day of which strangers may read no line has no ETag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache, partial, wraps
from pathlib import Path
from time import time
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import http_date

from logs import archive
from logs.active_language import current_language
from logs.models.channel import stranger_condition
from logs.views.http.page_cache import find_page, keep_page

GetResponse = Callable[[HttpRequest], HttpResponseBase]
DayView = Callable[..., HttpResponseBase]

SHARED_CACHE_SECONDS = 60
"""How long a shared cache may serve a page without asking; it may show erased lines for as long."""

SETTLED_AFTER = timedelta(seconds=60)
"""After this time every transaction that could have changed a row before is committed."""

# Everything that is on the page of a day beside its lines, which `revision` stands for. The row is only compared: the
# order of its columns does not matter. A day all of whose lines belong to closed periods is none for strangers.
_DAY_STATE = """
    SELECT logs_channel.id, network.name, logs_channel.name, logs_channel.topic, logs_channel.welcome,
        logs_channel.bridges, logs_channel.bots, logs_channel.seen_bots, logs_channel.time_zone, logs_channel.indexed,
        logs_channel.ai, logs_channel.conversations, count.revision,
        NOT logs_channel.wanted AND %(old)s AND NOT EXISTS (
            SELECT FROM logs_watchedfile file WHERE file.channel_id = logs_channel.id AND file.state = 'followed'),
        (SELECT day FROM logs_daycount WHERE channel_id = logs_channel.id AND day < %(day)s AND lines > 0
         ORDER BY day DESC LIMIT 1),
        (SELECT day FROM logs_daycount WHERE channel_id = logs_channel.id AND day > %(day)s AND lines > 0
         ORDER BY day LIMIT 1),
        (SELECT string_agg(concat_ws(' ', from_at, to_at, reason), ', ' ORDER BY from_at) FROM logs_gap
         WHERE channel_id = logs_channel.id AND from_at < %(end)s AND (to_at > %(start)s OR to_at IS NULL))
    FROM logs_channel JOIN logs_network network ON network.id = logs_channel.network_id
    JOIN logs_daycount count ON count.channel_id = logs_channel.id AND count.day = %(day)s AND count.lines > (
        SELECT coalesce(sum(closed.lines), 0) FROM logs_closeddaycount closed
        WHERE closed.channel_id = logs_channel.id AND closed.day = %(day)s)
    WHERE network.name = %(network)s AND logs_channel.name = %(name)s AND {readable}
"""


def cache_closed_day(view: DayView) -> DayView:
    """Decorate a view of a day: respond 304 to a client that has the current page, and set the caching headers."""

    @wraps(view)
    def respond(request: HttpRequest, network: str, channel: str, day: str, **rest: Any) -> HttpResponseBase:
        render = partial(view, request, network=network, channel=channel, day=day, **rest)
        return respond_conditionally(request, _fetch_day_state(request, network, channel, day), render)

    return respond


def respond_conditionally(
    request: HttpRequest, state: object, render: Callable[[], HttpResponseBase], changed_at: datetime | None = None
) -> HttpResponseBase:
    """Return 304 for a client that has the page in this `state`, else what `render` returns, with its ETag.

    Without a state the response has no ETag and caches must revalidate each time. `changed_at` becomes Last-Modified,
    for clients that compare dates. It is left out while it is recent: a later change within the same second would
    have the same date.
    """
    if state is None:
        response = render()
        patch_cache_control(response, no_cache=True)
        return response
    etag = _make_etag(request, state)
    modified = int(changed_at.timestamp()) if changed_at and changed_at < timezone.now() - SETTLED_AFTER else None
    response = get_conditional_response(request, etag=etag, last_modified=modified) or _render_once(
        request, etag, render
    )
    if response.status_code in {200, 304}:
        response["ETag"] = etag
        if modified:
            response["Last-Modified"] = http_date(modified)
        # Signed-in visitors get another page at the same address.
        patch_vary_headers(response, ["Cookie", "Accept-Encoding"])
        patch_cache_control(response, public=True, max_age=0, s_maxage=SHARED_CACHE_SECONDS, must_revalidate=True)
    else:
        patch_cache_control(response, no_cache=True)
    return response


def _render_once(request: HttpRequest, etag: str, render: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Return the page in this state from memory, else render it and keep it there."""
    return find_page(request, etag) or keep_page(request, etag, render())


def conditional_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorate a view: an ETag from the body, and 304. Django's decorator of this name leaves HEAD without an ETag."""

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        method = request.method
        try:
            # The middleware handles GET only.
            request.method = "GET" if method == "HEAD" else method
            return ConditionalGetMiddleware(view).process_response(request, response)
        finally:
            request.method = method

    return respond


# As botbot/replica/state.py compares them: every transaction that takes something away leaves a row with a new number.
_WITHDRAWALS = "SELECT count(*), coalesce(sum(id), 0) FROM logs_withdrawal"


def keep_for_a_second(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorate a view with an ETag that costs much: strangers get what it returned within this second.

    If anything was taken away from readers since, it is called again.
    """

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not has_no_session(request):
            return view(request, *args, **kwargs)
        with connection.cursor() as cursor:
            cursor.execute(_WITHDRAWALS)
            state = (int(time()), cursor.fetchone())
        response = _render_once(request, _make_etag(request, state), partial(view, request, *args, **kwargs))
        if not isinstance(response, HttpResponse) or response.status_code != 200 or "ETag" not in response:
            return response
        # One for the compressed and the plain form.
        response["ETag"] = etag = f"W/{response['ETag'].removeprefix('W/')}"
        patch_vary_headers(response, ["Cookie", "Accept-Encoding"])
        return get_conditional_response(request, etag=etag, response=response) or response

    return respond


def omit_length_of_304(get_response: GetResponse) -> GetResponse:
    """Middleware: a 304 has no Content-Length, or it would be that of the page (RFC 9110, 8.6), not Django's 0."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code == 304 and "Content-Length" in response:
            del response["Content-Length"]
        return response

    return middleware


def has_no_session(request: HttpRequest) -> bool:
    """Whether the visitor is a stranger for certain, so that the response may be cached for everybody."""
    return settings.SESSION_COOKIE_NAME not in request.COOKIES


def fetch_state(statement: str, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
    """Return the first row of a statement on `logs_channel`, whose {readable} stands for "strangers may read it"."""
    condition, values = stranger_condition()
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("{readable}", condition), parameters | values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _fetch_day_state(request: HttpRequest, network: str, channel: str, text: str) -> object:
    """Return what the ETag depends on. None for today, days without lines, sessions, and pages not open to all."""
    day = archive.parse_day(text)
    if day is None or day >= archive.today() or not has_no_session(request):
        return None
    start, end = archive.day_bounds(day)
    parameters: dict[str, str | date | bool] = {
        "network": network,
        "name": channel,
        "day": day,
        "start": start,
        "end": end,
    }
    parameters["old"] = day < archive.today() - archive.ENDS_AFTER
    return fetch_state(_DAY_STATE, parameters)


def _make_etag(request: HttpRequest, state: object) -> str:
    source = f"{site_version()} {current_language()} {request.get_full_path()} {state}"
    return f'W/"{hashlib.blake2b(source.encode("utf-8", "replace"), digest_size=15).hexdigest()}"'


@cache
def site_version() -> str:
    """A digest of the code, templates and settings that decide how a page looks."""
    digest = hashlib.blake2b(f"{settings.SITE_NAME} {settings.SITE_URL}".encode(), digest_size=15)
    # An upgrade may change how a page looks without a change of any template, hence the Python files.
    digest.update(f"{settings.SITE_ACCENT} {settings.SITE_LOGO}".encode())
    for path in sorted(_source_files()):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _source_files() -> Iterator[Path]:
    base, resources = Path(settings.BASE_DIR), Path(settings.RESOURCES)
    yield from (resources / "templates").rglob("*.html")
    yield from (resources / "locale").rglob("*.mo")
    yield from (path for path in (resources / "static").rglob("*") if path.is_file())
    yield from (path for name in ("logs", "botbot") for path in (base / name).rglob("*.py"))
