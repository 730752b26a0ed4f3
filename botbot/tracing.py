"""A span of OpenTelemetry for each page, where logs.tracing makes any."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from django.core.exceptions import MiddlewareNotUsed
from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from logs.tracing import Statements, make_tracer

GetResponse = Callable[[HttpRequest], HttpResponseBase]

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
