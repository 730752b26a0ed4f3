"""Middleware of the API: authenticates and counts each request, and turns errors into problems.

Cookies are ignored. A caller is anonymous or has a token, so that pages of any origin may read the responses without
being able to use a visitor's session.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from logs.accounts.api_tokens import find_bearer
from logs.models import STRANGER
from logs.views.api.responses import MEDIA_TYPE, problem_response
from logs.views.http.client_address import RateLimiter, RateLimitState, get_client_ip
from logs.views.http.cross_origin import METHODS, PREFLIGHT
from logs.views.http.site_files import set_robots_headers
from logs.views.people.visitor import set_visitor

PREFIX = "/api/"
UNKNOWN_ADDRESS = "unknown"
"""All callers whose proxy hides their address share this one."""

_EXPOSED = "ETag, Link, Retry-After, RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"


GetResponse = Callable[[HttpRequest], HttpResponseBase]


rate_limiter = RateLimiter()


def api_middleware(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return get_response(request)
        method = request.method
        response = _respond(request, get_response)
        request.method = method  # a HEAD request is one again
        set_api_headers(response)
        return response

    return middleware


def set_api_headers(response: HttpResponseBase) -> None:
    """Set what every response of the API has, also those that other middleware gives."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = _EXPOSED
    set_robots_headers(response, indexed=False, ai=False)
    response["Referrer-Policy"] = "no-referrer"
    patch_vary_headers(response, ["Authorization"])


def _respond(request: HttpRequest, get_response: GetResponse) -> HttpResponseBase:
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=PREFLIGHT | {"Allow": METHODS})
    request.method = "GET" if request.method == "HEAD" else request.method  # the body is left out later
    try:
        rate_limit, refusal = _admit(request)
    except (OperationalError, InterfaceError):
        return problem_response(503)
    response = refusal or get_response(request)
    # Django's own errors (an unknown address, a wrong method) are HTML.
    if response.status_code >= 400 and response.get("Content-Type") != MEDIA_TYPE:
        response = _as_problem(response)
    if response.status_code == 405:
        response["Allow"] = METHODS
    if request.headers.get("Authorization"):
        response["Cache-Control"] = "private, no-store"
    for name, value in rate_limit.headers().items():
        response[name] = value
    return response


def _admit(request: HttpRequest) -> tuple[RateLimitState, HttpResponse | None]:
    """Authenticate and count the request; return its rate limit and the refusal, if any."""
    # Whatever cookies the request has, it reads as a stranger unless it has a token.
    set_visitor(request, STRANGER)
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    bearer = find_bearer(text.strip()) if scheme.lower() == "bearer" else None
    if bearer:
        token, visitor = bearer
        set_visitor(request, visitor)
        rate_limit = rate_limiter.spend("token", str(token.pk), settings.API_PER_TOKEN)
    else:
        rate_limit = rate_limiter.spend("address", get_client_ip(request) or UNKNOWN_ADDRESS, settings.API_PER_ADDRESS)
    if rate_limit.wait:
        sentence = f"Limit of {rate_limit.limit} requests a minute exceeded: repeat the request in {rate_limit.wait} s."
        return rate_limit, problem_response(429, sentence)
    # After the rate limit, which so also bounds the guessing of tokens.
    if scheme and not bearer:
        refusal = problem_response(401)
        refusal["WWW-Authenticate"] = 'Bearer realm="API", error="invalid_token"'
        return rate_limit, refusal
    return rate_limit, None


def _as_problem(response: HttpResponseBase) -> HttpResponse:
    """Turn an error of Django or of the live stream into a problem."""
    content = getattr(response, "content", b"")
    is_text = response.get("Content-Type", "").startswith("text/plain")
    sentence = content.decode().strip() if is_text and response.status_code != 404 else ""
    problem = problem_response(response.status_code, sentence)
    if "Retry-After" in response:
        problem["Retry-After"] = response["Retry-After"]
    return problem
