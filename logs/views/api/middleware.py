"""Middleware of the API: authenticates and counts each request, and turns errors into problems.

Cookies are ignored. A caller is anonymous or has a token, so that pages of any origin may read the responses without
being able to use a visitor's session.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from time import monotonic

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from logs.accounts.api_tokens import find_bearer
from logs.models import STRANGER
from logs.views.api.responses import MEDIA_TYPE, problem_response
from logs.views.http.client_address import get_client_ip
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

WINDOW_SECONDS = 60.0
"""Time in which all requests of a caller are restored."""

MAX_CALLERS = 20_000
"""Callers that a process remembers; beyond that it forgets those whose last request is the oldest."""


GetResponse = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class RateLimitState:
    """A caller's state after a request: `remaining` requests of `limit` now, all of them again in `reset` seconds.

    `wait` is 0, or the seconds after which a request that was refused may be repeated.
    """

    name: str
    limit: int
    remaining: int
    reset: int
    wait: int = 0

    def headers(self) -> dict[str, str]:
        """Return the headers of the IETF's current draft, and those of its earlier versions."""
        headers = {
            "RateLimit-Policy": f'"{self.name}";q={self.limit};w={WINDOW_SECONDS:.0f}',
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.reset}',
            "RateLimit-Limit": f"{self.limit}",
            "RateLimit-Remaining": f"{self.remaining}",
            "RateLimit-Reset": f"{self.reset}",
        }
        return headers | ({"Retry-After": f"{self.wait}"} if self.wait else {})


class RateLimiter:
    """The callers of this process: a burst of requests at once, which are then restored one by one.

    The generic cell rate algorithm (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm): the only state of a
    caller is the time at which all of its requests are restored. `spend` does not switch greenlets and needs no lock.
    """

    def __init__(self) -> None:
        self._restored_at: OrderedDict[str, float] = OrderedDict()

    def spend(self, name: str, caller: str, limit: int) -> RateLimitState:
        """Count a request of a caller who may make `limit` per window; `name` says what kind of caller it is."""
        now, cost, key = monotonic(), WINDOW_SECONDS / limit, f"{name} {caller}"
        restored_at = max(self._restored_at.pop(key, now), now) + cost
        # More than a full window ahead means that the burst is used up.
        # Float arithmetic must not refuse the last request of a burst: the tolerance is a microsecond.
        wait = restored_at - now - WINDOW_SECONDS
        if wait > 1e-6:
            restored_at -= cost  # a refused request costs nothing, or a client that retries would never recover
        self._restored_at[key] = restored_at
        if len(self._restored_at) > MAX_CALLERS:
            self._restored_at.popitem(last=False)
        left = restored_at - now
        remaining = max(0, int((WINDOW_SECONDS - left) / cost + 1e-6))
        return RateLimitState(name, limit, remaining, ceil(left), ceil(wait) if wait > 1e-6 else 0)

    def clear(self) -> None:
        self._restored_at.clear()

    def __len__(self) -> int:
        return len(self._restored_at)


rate_limiter = RateLimiter()


def api_middleware(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return get_response(request)
        method = request.method
        response = _respond(request, get_response)
        request.method = method  # a HEAD request is one again
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = _EXPOSED
        set_robots_headers(response, indexed=False, ai=False)
        response["Referrer-Policy"] = "no-referrer"
        patch_vary_headers(response, ["Authorization"])
        return response

    return middleware


def _respond(request: HttpRequest, get_response: GetResponse) -> HttpResponseBase:
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=_PREFLIGHT | {"Allow": METHODS})
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
