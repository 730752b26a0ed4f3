"""What caches may keep: closed days, and feeds. Whether one has changed costs a single query.

The tag of a page covers all that is on it: the day's lines by their revision, its gaps, its neighbours, the channel,
and how this version of the site draws them. Only what everybody may read is tagged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import http_date

from logs import archive

DayView = Callable[..., HttpResponseBase]

SHARED_SECONDS = 60
"""For so long a shared cache need not ask again; after an erasure it may show the old page for as long."""

SETTLED = timedelta(seconds=60)
"""After so long whatever a transaction has changed is committed."""

_STATE = """
    SELECT channel.id, network.name, channel.name, channel.topic, channel.bridges, channel.indexed, channel.ai,
        kept.revision,
        (SELECT day FROM logs_daycount WHERE channel_id = channel.id AND day < %(day)s AND lines > 0
         ORDER BY day DESC LIMIT 1),
        (SELECT day FROM logs_daycount WHERE channel_id = channel.id AND day > %(day)s AND lines > 0
         ORDER BY day LIMIT 1),
        (SELECT string_agg(concat_ws(' ', from_at, to_at, reason), ', ' ORDER BY from_at) FROM logs_gap
         WHERE channel_id = channel.id AND from_at < %(end)s AND (to_at > %(start)s OR to_at IS NULL))
    FROM logs_channel channel JOIN logs_network network ON network.id = channel.network_id
    JOIN logs_daycount kept ON kept.channel_id = channel.id AND kept.day = %(day)s AND kept.lines > 0
    WHERE network.name = %(network)s AND channel.name = %(name)s AND channel.audience = 'public'
"""


def may_be_kept(view: DayView) -> DayView:
    """For views of a day: answers 304 when the caller has what the view would say; else tells caches what to do."""

    @wraps(view)
    def answer(request: HttpRequest, network: str, channel: str, day: str, **rest: Any) -> HttpResponseBase:
        make = partial(view, request, network=network, channel=channel, day=day, **rest)
        return kept(request, _state(request, network, channel, day), make)

    return answer


def kept(
    request: HttpRequest, state: object, make: Callable[[], HttpResponseBase], changed_at: datetime | None = None
) -> HttpResponseBase:
    """304 for a caller who has the page already, else what `make` makes, which `state` tells from all others.

    Without a state caches have to ask each time, and nobody is told what to ask by. `changed_at` is for callers that
    know dates only; they are not told of the last moments, in which more could happen in the same second.
    """
    if state is None:
        response = make()
        patch_cache_control(response, no_cache=True)
        return response
    tag = _tag(request, state)
    modified = int(changed_at.timestamp()) if changed_at and changed_at < timezone.now() - SETTLED else None
    response = get_conditional_response(request, etag=tag, last_modified=modified) or make()
    if response.status_code in {200, 304}:
        response["ETag"] = tag
        if modified:
            response["Last-Modified"] = http_date(modified)
        patch_vary_headers(response, ["Cookie"])
        patch_cache_control(response, public=True, max_age=0, s_maxage=SHARED_SECONDS, must_revalidate=True)
    else:
        patch_cache_control(response, no_cache=True)
    return response


def is_stranger(request: HttpRequest) -> bool:
    """Whether nothing is known of the visitor, so that the answer may be kept for all."""
    return settings.SESSION_COOKIE_NAME not in request.COOKIES


def _state(request: HttpRequest, network: str, channel: str, text: str) -> object:
    """None for today, for a day without lines, for visitors who may be known and for what a stranger cannot read."""
    day = archive.parse_day(text)
    if day is None or day >= archive.today() or not is_stranger(request):
        return None
    start, end = archive.day_bounds(day)
    given: dict[str, str | date] = {"network": network, "name": channel, "day": day, "start": start, "end": end}
    with connection.cursor() as cursor:
        cursor.execute(_STATE, given)
        return cursor.fetchone()


def _tag(request: HttpRequest, state: object) -> str:
    whole = f"{_version()} {request.get_full_path()} {state}"
    return f'W/"{hashlib.blake2b(whole.encode("utf-8", "replace"), digest_size=15).hexdigest()}"'


@cache
def _version() -> str:
    """Of whatever decides how a page looks."""
    digest = hashlib.blake2b(f"{settings.SITE_NAME} {settings.SITE_URL}".encode(), digest_size=15)
    for path in sorted(_sources(Path(settings.BASE_DIR))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(base: Path) -> Iterator[Path]:
    yield from (base / "templates").rglob("*.html")
    yield from (path for path in (base / "static").rglob("*") if path.is_file())
    yield from (path for name in ("logs", "botbot") for path in (base / name).rglob("*.py"))
