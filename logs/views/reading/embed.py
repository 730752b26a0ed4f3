"""Lines embedded in other sites' pages: the page for their frames, and oEmbed, which returns the frame's markup.

Both show what strangers may read, to every visitor, and neither reads nor sets a cookie.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.html import format_html
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from logs import archive
from logs.line_grouping import blocks_html, group_lines
from logs.models import STRANGER, Channel
from logs.views.http.channel_lookup import channel_or_404, parse_limit, parse_marked
from logs.views.http.cross_origin import allow_any_origin
from logs.views.http.errors import PageNotFound
from logs.views.http.http_cache import SHARED_CACHE_SECONDS, conditional_page
from logs.views.http.site_files import set_robots_headers
from logs.views.people.visitor import set_channel_headers
from logs.views.reading.share_preview import permalink_url, preview_lines

MAX_LINES = 100
MAX_WIDTH, MAX_HEIGHT = 640, 600
_AROUND, _MARGIN, _ROW, _CHARACTER = 100, 76, 25, 9
"""Pixels, estimated: above and below the lines, beside a text, of a row, and of a character."""

SHARED_CACHE_CONTROL = f"public, max-age=0, s-maxage={SHARED_CACHE_SECONDS}, must-revalidate"
_FRAME = (
    '<iframe src="{}{}?embed" title="{}" width="{}" height="{}" frameborder="0" loading="lazy"'
    ' referrerpolicy="no-referrer" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
)


@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[untyped-decorator]
@xframe_options_exempt
@conditional_page
def show_embed(  # the decorators that let it be framed stand outside, so that a 304 says so as well
    request: HttpRequest, network: str, channel: str, number: int, last: int | None = None
) -> HttpResponse:
    """The lines of a permalink. If they are gone or not public, the frame says so with status 404."""
    row, lines = _fetch_lines(network, channel, number, last)
    context: dict[str, object] = {"channel": row, "shared": None}
    if row and lines:
        blocks = group_lines(lines[:MAX_LINES], (), row.bridge_nicks)
        context["lines"] = blocks_html(blocks, row.get_absolute_url())
        context |= {"shared": preview_lines(row, lines[:MAX_LINES]), "address": permalink_url(row, number, last)}
        context |= {"day": lines[0].day, "more": len(lines) > MAX_LINES}
    response = render(request, "embed.html", context, status=200 if lines else 404)
    response["Cache-Control"] = SHARED_CACHE_CONTROL
    if row:
        set_channel_headers(response, row)
    set_robots_headers(response, indexed=False, ai=row is not None)
    return response


@allow_any_origin
@require_safe
@conditional_page
def show_oembed(request: HttpRequest) -> JsonResponse:
    """oEmbed (https://oembed.com): the frame for the lines of a permalink, without their text."""
    if not (url := request.GET.get("url")):
        return _refuse("The parameter url is missing: /oembed?url=PERMALINK", 400)
    if request.GET.get("format", "json") != "json":
        return _refuse("Only JSON is supported.", 501)
    address_parts = _resolve_permalink(url)
    row, lines = _fetch_lines(**address_parts) if address_parts else (None, [])
    if not row or not lines or not address_parts:
        return _refuse("This address is not the permalink of a public line.", 404)
    number, last = address_parts["number"], address_parts.get("last")
    shared = preview_lines(row, lines[:MAX_LINES])
    width = parse_limit(request.GET.get("maxwidth", ""), MAX_WIDTH)
    height = parse_limit(request.GET.get("maxheight", ""), _estimate_height(lines[:MAX_LINES], width))
    address = permalink_url(row, number, last)
    response = _respond(
        {
            "version": "1.0",
            "type": "rich",
            "provider_name": settings.SITE_NAME,
            "provider_url": f"{settings.SITE_URL}/",
            "title": shared.title,
            "html": format_html(_FRAME, settings.SITE_URL, address, shared.title, width, height),
            "width": width,
            "height": height,
        }
    )
    set_channel_headers(response, row)
    set_robots_headers(response, indexed=False, ai=True)
    return response


def _fetch_lines(
    network: str, channel: str, number: int, last: int | None = None
) -> tuple[Channel | None, list[archive.DayLine]]:
    """Return the channel, if it is public, and its lines; one more than are shown, to know whether there are more."""
    try:
        row = channel_or_404(STRANGER, network, channel)
    except PageNotFound:
        return None, []
    line = archive.fetch_line(row, number)
    return row, archive.fetch_line_range(row, line, number if last is None else last, MAX_LINES + 1) if line else []


def _resolve_permalink(url: str) -> dict[str, Any] | None:
    """Return the channel and the lines that an address names: a permalink, or the day to which it leads (`?mark=`)."""
    try:
        parts = urlsplit(url)
        match = resolve(unquote(parts.path))
    except (ValueError, Resolver404):
        return None
    # The path alone could be that of another site.
    if parts.netloc.lower() != urlsplit(settings.SITE_URL).netloc.lower():
        return None
    if match.url_name in {"line", "lines"}:
        return match.kwargs
    marked = parse_marked(QueryDict(parts.query).get("mark", "")) if match.url_name == "day" else range(0)
    if not marked:
        return None
    place = {"network": match.kwargs["network"], "channel": match.kwargs["channel"], "number": marked[0]}
    return place if len(marked) == 1 else place | {"last": marked[-1]}


def _estimate_height(lines: list[archive.DayLine], width: int) -> int:
    """Estimate the height of the lines in pixels. A frame that is too low can be scrolled."""
    rows, speaker = 0, None
    for line in lines:
        rows += (line.nick != speaker) + 1 + len(line.text) * _CHARACTER // max(width - _MARGIN, _MARGIN)
        speaker = line.nick
    return min(_AROUND + rows * _ROW, MAX_HEIGHT)


def _respond(found: dict[str, object], status: int = 200) -> JsonResponse:
    return JsonResponse(found, status=status, headers={"Cache-Control": SHARED_CACHE_CONTROL})


def _refuse(sentence: str, status: int) -> JsonResponse:
    return _respond({"error": sentence}, status)
