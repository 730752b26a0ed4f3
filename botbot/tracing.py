"""Traces by OpenTelemetry: a span for each page, where an endpoint is set and the packages are installed.

The standard variables OTEL_* set the rest (docs/operating.md). `opentelemetry-instrument` is not used: it imports
everything before gevent patches it, and its instrumentations record addresses, queries and statements.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from botbot import __version__

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]

PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
MISSING = (
    "OTEL_EXPORTER_OTLP_ENDPOINT is set, but opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http are not both"
    " installed: nothing is traced."
)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}


def is_missing() -> bool:
    """Whether traces are wanted, but cannot be made."""
    return bool(find_endpoint()) and not all(map(_is_installed, PACKAGES))


def find_endpoint() -> str:
    """Return where spans are sent, "" if nowhere."""
    base = settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip("/")
    return settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or (f"{base}/v1/traces" if base else "")


def trace_requests(get_response: GetResponse) -> GetResponse:
    """Make a span of each request: its method, route, status, and what the database took. Neither address nor query.

    Each request is a trace of its own, whatever its headers say: they come from visitors.
    """
    tracer = _make_tracer()
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


class Statements:
    """Counts statements and the seconds that they take; for `execute_wrapper`."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.count += 1
        started_at = perf_counter()
        try:
            return execute(*arguments)
        finally:
            self.seconds += perf_counter() - started_at


def _make_tracer() -> Tracer | None:
    """Return what makes spans; it sends them from a greenlet. None if nothing is wanted, or a package is missing."""
    endpoint = find_endpoint()
    if not endpoint:
        return None
    if is_missing():
        logger.warning(MISSING)
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create()
    if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "botbot"}))
    # Without an exit handler: an endpoint that does not answer must not hold up the end of a process.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider.get_tracer("botbot", __version__)


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a package that it is in
        return False
