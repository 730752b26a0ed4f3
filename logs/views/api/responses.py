"""Successful responses: JSON with an ETag for conditional requests."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import urlencode

from logs.models import Channel
from logs.views.api.params import ChannelPath
from logs.views.http.channel_lookup import channel_or_404
from logs.views.people.visitor import visitor_of

POSITION_PARAMETERS = ("after", "before", "around", "older")
"""Parameters that the links to neighbouring pages replace."""


def format_time(value: date | datetime) -> str:
    """Format a time in UTC with microseconds, or a day, as in RFC 3339."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    return value.isoformat()


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=format_time).encode


def get_channel_or_404(request: HttpRequest, where: ChannelPath) -> Channel:
    """Return the channel if the caller may read it; otherwise the same 404 as if it did not exist."""
    return channel_or_404(visitor_of(request), where.network, where.channel)


def json_response(
    request: HttpRequest, found: dict[str, Any], links: dict[str, dict[str, Any]] | None = None
) -> HttpResponse:
    """`links`: by their relation, the parameters that differ from this request's."""
    body = _encode(found).encode("utf-8", "replace")
    tag = f'"{hashlib.blake2b(body, digest_size=15).hexdigest()}"'
    response = HttpResponse(body, content_type="application/json; charset=utf-8", headers={"ETag": tag})
    if links:
        response["Link"] = ", ".join(f'<{_address(request, given)}>; rel="{rel}"' for rel, given in links.items())
    patch_cache_control(response, public=True, no_cache=True)
    conditional = get_conditional_response(request, etag=tag, response=response)
    return conditional if isinstance(conditional, HttpResponse) else response


def _address(request: HttpRequest, given: dict[str, Any]) -> str:
    """Return this request's URL with another position."""
    kept = {name: value for name, value in request.GET.items() if name not in POSITION_PARAMETERS}
    return request.build_absolute_uri(f"{request.path}?{urlencode(kept | given)}")
