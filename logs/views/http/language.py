"""The language of a response: the one chosen on a page (a cookie), else one that the browser asks for, else the site's.

What programs read is English: the API, feeds, plain text. So is everything outside of requests.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from logs.active_language import ENGLISH, current_language, in_language

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_PROGRAMS_PREFIXES = ("/api/", "/oembed", "/static/")
_API_PAGE = "/api/v1/docs"
_PROGRAMS_SUFFIXES = (".atom", ".json", ".jsonl", ".txt", ".xml", ".png", ".svg", ".css", "/live")


def choose_language(get_response: GetResponse) -> GetResponse:
    """Middleware: activates the language of the request, and tells caches what a page depends on."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        # What stands in pages of other sites reads no cookies.
        has_cookies = "embed" not in request.GET
        cookies = request.COOKIES if has_cookies else {}
        language = find_language(request.path_info, cookies, request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
        with in_language(language):
            response = get_response(request)
        if _is_page(request.path_info, response):
            patch_vary_headers(response, ["Accept-Language", "Cookie"] if has_cookies else ["Accept-Language"])
            response["Content-Language"] = language
        return response

    return middleware


def find_language(path: str, cookies: dict[str, str], accepted: str) -> str:
    """Return the language of the response to a request: one of the site's."""
    if _is_for_programs(path):
        return ENGLISH
    chosen = cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in _known_languages() else negotiate_language(accepted)


def _is_for_programs(path: str) -> bool:
    if path == _API_PAGE:
        return False
    return path.startswith(_PROGRAMS_PREFIXES) or path.endswith(_PROGRAMS_SUFFIXES)


def _is_page(path: str, response: HttpResponseBase) -> bool:
    """Whether the response is a page, or says that a page has not changed."""
    if response.status_code == 304:
        return not _is_for_programs(path)
    return response.get("Content-Type", "").startswith("text/html")


@lru_cache(maxsize=1000)
def negotiate_language(accepted: str) -> str:
    """Return the first language of an Accept-Language header that the site has; one for all countries at present."""
    known = _known_languages()
    for code, weight in parse_accept_lang_header(accepted.lower()):
        if code == "*":
            break
        if weight and (language := code.partition("-")[0]) in known:
            return language
    return str(settings.SITE_LANGUAGE)


@cache
def _known_languages() -> dict[str, str]:
    return dict(settings.LANGUAGES)


@csrf_exempt
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language that was chosen at the foot of a page, and go back there.

    Without a token, which pages from a cache cannot have: all that another site could do is change the language.
    """
    response = redirect(_page_before(request))
    if (language := request.POST.get("language", "")) in _known_languages():
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    response["Cache-Control"] = "private, no-store"
    return response


def _page_before(request: HttpRequest) -> str:
    """Return the address of the page with the form, which browsers send to the page's own site."""
    address = request.headers.get("Referer", "")
    return address if url_has_allowed_host_and_scheme(address, {request.get_host()}) else reverse("index")


def catalogue_url() -> str:
    """Return the address of the messages for scripts, which changes with them; empty for English."""
    language = current_language()
    script = _catalogue(language)
    return f"{reverse('catalogue')}?language={language}&v={_digest(script)}" if script else ""


@require_safe
def show_catalogue(request: HttpRequest) -> HttpResponse:
    """The messages of scripts in one language, as a script; static/js/translate.js uses it."""
    script = _catalogue(request.GET.get("language", ""))
    if not script:
        raise Http404
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    is_current = request.GET.get("v") == _digest(script)
    response["Cache-Control"] = "public, max-age=31536000, immutable" if is_current else "no-cache"
    return response


def _catalogue(language: str) -> bytes:
    return _read_catalogue(language) if language in _known_languages() else b""


@cache
def _read_catalogue(language: str) -> bytes:
    path = Path(settings.LOCALE_PATHS[0], language, "LC_MESSAGES", "catalogue.js")
    return path.read_bytes() if path.exists() else b""


@cache
def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=6).hexdigest()
