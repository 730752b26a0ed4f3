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
from logs.views.api.caller_limits import RateLimitState, rate_limiter
from logs.views.api.problems import MEDIA_TYPE, problem_response
from logs.views.http.client_ip import get_client_ip
from logs.views.http.robots import set_robots_headers
from logs.views.people.visitor import set_visitor

PREFIX = "/api/"
METHODS = "GET, HEAD, OPTIONS"
UNKNOWN_ADDRESS = "unknown"
"""All callers whose proxy hides their address share this one."""

_EXPOSED = "ETag, Link, Retry-After, RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Authorization, If-None-Match, Last-Event-ID, Cache-Control",
    "Access-Control-Max-Age": "86400",
}

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def api_middleware(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return get_response(request)
        method = request.method
        response = _answer(request, get_response)
        request.method = method
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = _EXPOSED
        set_robots_headers(response, indexed=False, ai=False)
        response["Referrer-Policy"] = "no-referrer"
        patch_vary_headers(response, ["Authorization"])
        return response

    return middleware


def _answer(request: HttpRequest, get_response: GetResponse) -> HttpResponseBase:
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=_PREFLIGHT | {"Allow": METHODS})
    request.method = "GET" if request.method == "HEAD" else request.method  # the body is left out later
    try:
        spent, refusal = _admit(request)
    except (OperationalError, InterfaceError):
        return problem_response(503)
    response = refusal or get_response(request)
    if response.status_code >= 400 and response.get("Content-Type") != MEDIA_TYPE:
        response = _as_problem(response)
    if response.status_code == 405:
        response["Allow"] = METHODS
    if request.headers.get("Authorization"):
        response["Cache-Control"] = "private, no-store"
    for name, value in spent.headers().items():
        response[name] = value
    return response


def _admit(request: HttpRequest) -> tuple[RateLimitState, HttpResponse | None]:
    """Authenticate and count the request; return its rate limit and the refusal, if any."""
    set_visitor(request, STRANGER)
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    found = find_bearer(text.strip()) if scheme.lower() == "bearer" else None
    if found:
        token, visitor = found
        set_visitor(request, visitor)
        spent = rate_limiter.spend("token", str(token.pk), settings.API_PER_TOKEN)
    else:
        spent = rate_limiter.spend("address", get_client_ip(request) or UNKNOWN_ADDRESS, settings.API_PER_ADDRESS)
    if spent.wait:
        sentence = f"Limit of {spent.limit} requests a minute exceeded: repeat the request in {spent.wait} s."
        return spent, problem_response(429, sentence)
    if scheme and not found:
        refusal = problem_response(401)
        refusal["WWW-Authenticate"] = 'Bearer realm="API", error="invalid_token"'
        return spent, refusal
    return spent, None


def _as_problem(response: HttpResponseBase) -> HttpResponse:
    """Return a refusal of Django or of the live stream as a problem."""
    content = getattr(response, "content", b"")
    plain = response.get("Content-Type", "").startswith("text/plain")
    sentence = content.decode().strip() if plain and response.status_code != 404 else ""
    response_as_problem = problem_response(response.status_code, sentence)
    if "Retry-After" in response:
        response_as_problem["Retry-After"] = response["Retry-After"]
    return response_as_problem
