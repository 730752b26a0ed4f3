"""Files of a site that are no pages: robots.txt, the favicon, the logo, the style sheet with the accent colour.

The owners of a channel decide whether search engines and AI crawlers may use its pages: robots headers say so, too.
The settings decide how a site looks like its community.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from logs.models import STRANGER, Channel
from logs.text.colours import DARK, adapt_colour

DISALLOWED_PATHS = (
    *("/admin/", "/api/", "/*/live$", "/search/", "/*/*/search/", "/*/*/manage/", "/*/*/at/*/moderate/"),
    *("/me/", "/moderate/", "/request/", "/sign-in/", "/add/"),
)
DISALLOWED_CHANNEL_PATHS = ("live", "search/", "manage/")

AI_CRAWLERS = (
    *("AI2Bot", "Ai2Bot-Dolma", "Amazonbot", "anthropic-ai", "Applebot-Extended", "Bytespider", "CCBot"),
    *("ChatGPT-User", "Claude-SearchBot", "Claude-User", "Claude-Web", "ClaudeBot", "cohere-ai"),
    *("cohere-training-data-crawler", "Diffbot", "DuckAssistBot", "FacebookBot", "Google-CloudVertexBot"),
    *("Google-Extended", "GPTBot", "ImagesiftBot", "img2dataset", "Meta-ExternalAgent", "Meta-ExternalFetcher"),
    *("MistralAI-User", "OAI-SearchBot", "omgili", "PanguBot", "Perplexity-User", "PerplexityBot", "PetalBot"),
    *("Timpibot", "Webzio-Extended", "YouBot"),
)


@require_safe
def show_robots_txt(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """robots.txt: AI crawlers are excluded from everything but the channels that allow them."""
    public = Channel.objects.visible_to(STRANGER).select_related("network")
    hidden = [f"Disallow: {_path(channel)}" for channel in public.filter(indexed=False)]
    allowed = [rule for channel in public.filter(ai=True) for rule in _ai_rules(_path(channel))]
    blocks = [
        ["User-agent: *", *[f"Disallow: {path}" for path in DISALLOWED_PATHS], *hidden],
        [*[f"User-agent: {name}" for name in AI_CRAWLERS], *allowed, "Disallow: /"],
        [f"Sitemap: {settings.SITE_URL}{reverse('sitemaps')}"],
    ]
    body = "\n\n".join("\n".join(block) for block in blocks) + "\n"
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


def _ai_rules(path: str) -> list[str]:
    """Allow a channel except for some of its pages: of the rules that match an address, the longest applies."""
    return [*[f"Disallow: {path}{part}" for part in DISALLOWED_CHANNEL_PATHS], f"Allow: {path}"]


def _path(channel: Channel) -> str:
    """Return a channel's path without the wildcards of robots.txt: a channel may be called `#*`."""
    return channel.get_absolute_url().replace("*", "%2A").replace("$", "%24")


@require_safe
def redirect_favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return redirect(static("favicon.svg"))


def do_all_allow_ai(channels: Iterable[Channel]) -> bool:
    """Whether AI crawlers may use a page that shows all these channels."""
    return all(channel.ai and channel.is_public for channel in channels)


def set_robots_headers(response: HttpResponseBase, *, indexed: bool, ai: bool) -> None:
    """Add what search engines and AI crawlers may not do to the headers; directives that are set already stay."""
    forbidden = [word for word in response.get("X-Robots-Tag", "").split(", ") if word]
    forbidden += [] if indexed else ["noindex"]
    if not ai:
        forbidden += ["noai", "noimageai"]
        response["TDM-Reservation"] = "1"
    if forbidden:
        response["X-Robots-Tag"] = ", ".join(dict.fromkeys(forbidden))


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
