"""How a site looks like its community: a style sheet with the accent colour, and the logo, as the settings say."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from logs.text.colours import DARK, adapt_colour

LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
_DARK_BACKGROUNDS = (*DARK, "1f2226")


@cache
def accent_style() -> str:
    """Return the style sheet; empty without an accent. In the dark theme the colour is as light as it must be."""
    accent = settings.SITE_ACCENT
    return f":root{{--link:light-dark(#{accent},#{adapt_colour(accent, _DARK_BACKGROUNDS)})}}\n" if accent else ""


@cache
def _logo() -> bytes:
    return Path(settings.SITE_LOGO).read_bytes() if settings.SITE_LOGO else b""


def accent_url() -> str:
    """Return the address of the style sheet, which changes with it; empty without an accent."""
    return f"{reverse('site_style')}?v={_digest(accent_style().encode())}" if accent_style() else ""


def logo_url() -> str:
    """Return the address of the logo, which changes with it; empty without one."""
    return f"{reverse('site_logo')}?v={_digest(_logo())}" if _logo() else ""


@require_safe
def show_site_style(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return _cached(HttpResponse(accent_style(), content_type="text/css; charset=utf-8"))


@require_safe
def show_site_logo(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    if not _logo():
        raise Http404
    return _cached(HttpResponse(_logo(), content_type=LOGO_TYPES[Path(settings.SITE_LOGO).suffix.lower()]))


def _cached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "public, max-age=86400"
    return response


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=6).hexdigest()
