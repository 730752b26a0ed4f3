"""What makes OpenTelemetry's spans, where an endpoint is set and the packages are installed; for the web and the bot.

The standard variables OTEL_* set the rest (docs/operating.md). `opentelemetry-instrument` is not used: it imports
everything before gevent patches it, and its instrumentations record addresses, queries and statements.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from time import perf_counter, time_ns
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

logger = logging.getLogger(__name__)

PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
MISSING = (
    "OTEL_EXPORTER_OTLP_ENDPOINT is set, but opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http are not both"
    " installed: nothing is traced."
)


def is_missing() -> bool:
    """Whether traces are wanted, but cannot be made."""
    return bool(find_endpoint()) and not all(map(_is_installed, PACKAGES))


def find_endpoint() -> str:
    """Return where spans are sent, "" if nowhere."""
    base = settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip("/")
    return settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or (f"{base}/v1/traces" if base else "")


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


def make_tracer() -> Tracer | None:
    """Return what makes the spans of this process; None if nothing is wanted, or a package is missing.

    Spans are sent from a greenlet, the same for all callers.
    """
    endpoint = find_endpoint()
    if not endpoint:
        return None
    if is_missing():
        logger.warning(MISSING)
        return None
    return _make_tracer(endpoint)


@cache
def _make_tracer(endpoint: str) -> Tracer:
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
    return provider.get_tracer("botbot", settings.VERSION)


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a package that it is in
        return False


class CommitSpans:
    """Makes the spans of one journal: when a commit began and ended, its lines and its network's number."""

    def __init__(self, tracer: Tracer, network: int | None) -> None:
        # Late: the package is optional.
        from opentelemetry.context import Context
        from opentelemetry.trace import SpanKind, StatusCode

        self._tracer, self._context = tracer, Context()
        self._kind, self._error = SpanKind.INTERNAL, StatusCode.ERROR
        self._attributes = {} if network is None else {"botbot.network": network}
        self._began = 0

    @classmethod
    def make(cls, network: int | None) -> CommitSpans | None:
        """Return what makes spans, None if none are wanted."""
        tracer = make_tracer()
        return cls(tracer, network) if tracer else None

    def begin(self) -> None:
        self._began = time_ns()

    def succeed(self, lines: int) -> None:
        self._end({"botbot.lines": lines}, is_error=False)

    def fail(self, error: Exception) -> None:
        """Without the text of the error, which may quote rows."""
        self._end({"error.type": type(error).__name__}, is_error=True)

    def _end(self, attributes: dict[str, str | int], *, is_error: bool) -> None:
        span = self._tracer.start_span(
            "commit", self._context, self._kind, {**self._attributes, **attributes}, start_time=self._began
        )
        if is_error:
            span.set_status(self._error)
        span.end()
