"""A span of OpenTelemetry for each commit of a writer, however many lines it stores; a commit of nothing has none."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING

from logs.tracing import make_tracer

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


class CommitSpans:
    """Makes the spans of one journal: when a commit began and ended, its lines and its network's number."""

    def __init__(self, tracer: Tracer, network: int | None) -> None:
        # Late, as logs.tracing does: the package is optional.
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
