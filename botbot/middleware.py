"""The site's own middleware: hosts that are refused, traces, the Content-Security-Policy."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.core.exceptions import DisallowedHost, MiddlewareNotUsed
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from botbot.monitoring import healthz, metrics, readyz
from logs.tracing import Statements, make_tracer
from logs.views.api.middleware import PREFIX, set_api_headers
from logs.views.api.responses import problem_response

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]

WITHOUT_HOST = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}
"""Load balancers and monitoring ask by address, with a Host that is in nobody's ALLOWED_HOSTS."""
MAX_LOGGED_HOST = 100


def apply_host_rules(get_response: GetResponse) -> GetResponse:
    """Refuse strange hosts at the cost of one line of the log. Django would log a traceback for each request."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if view := WITHOUT_HOST.get(request.path_info):
            return view(request)
        try:
            request.get_host()
        except DisallowedHost:
            host = request.META.get("HTTP_HOST", "")[:MAX_LOGGED_HOST]
            logger.warning("a request for the host %r was refused: it is not in ALLOWED_HOSTS", host)
            response = _refuse(request)
            response._has_been_logged = True  # type: ignore[attr-defined]  # Django would log it once more
            return response
        return get_response(request)

    return middleware


def _refuse(request: HttpRequest) -> HttpResponse:
    """Return the refusal in the form that the caller reads: a problem for callers of the API, text for others."""
    sentence = "This server has no site of this name."
    if not request.path_info.startswith(PREFIX):
        return HttpResponse(f"Bad Request: {sentence}\n", status=400, content_type="text/plain; charset=utf-8")
    response = problem_response(400, sentence)
    set_api_headers(response)
    return response


METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}


def trace_requests(get_response: GetResponse) -> GetResponse:
    """Make a span of each request: its method, route, status, and what the database took. Neither address nor query.

    Each request is a trace of its own, whatever its headers say: they come from visitors.
    """
    tracer = make_tracer()
    if tracer is None:
        raise MiddlewareNotUsed
    from opentelemetry.context import Context
    from opentelemetry.trace import SpanKind, StatusCode

    def middleware(request: HttpRequest) -> HttpResponseBase:
        method = request.method if request.method in METHODS else "_OTHER"
        statements = Statements()
        with ExitStack() as stack:
            span = stack.enter_context(
                tracer.start_as_current_span(method, Context(), SpanKind.SERVER, record_exception=False)
            )
            for database in connections.all():
                stack.enter_context(database.execute_wrapper(statements))
            response = get_response(request)
            span.set_attribute("http.request.method", method)
            span.set_attribute("http.response.status_code", response.status_code)
            span.set_attribute("botbot.database.statements", statements.count)
            span.set_attribute("botbot.database.seconds", statements.seconds)
            if match := request.resolver_match:
                span.update_name(f"{method} /{match.route}")
                span.set_attribute("http.route", f"/{match.route}")
            if response.status_code >= 500:
                span.set_status(StatusCode.ERROR)
        return response

    return middleware


_OWN_POLICY = ("_csp_config", "_csp_exempt", "_csp_replace", "_csp_update")
"""Set by django-csp's decorators on the responses of views that have a policy of their own."""


class ContentSecurityPolicy(CSPMiddleware):  # type: ignore[misc]
    """django-csp's middleware, which builds the policy anew for each response: a quarter of what a request costs.

    The site uses no nonces.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Offer no nonce: a policy with one would be the response's own."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if any(hasattr(response, name) for name in _OWN_POLICY):
            built: HttpResponseBase = super().process_response(request, response)
            return built
        response.headers.setdefault(HEADER, _site_policy())
        return response


@cache
def _site_policy() -> str:
    policy: str = build_policy()
    return policy
