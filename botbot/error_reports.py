"""Reports of errors to Sentry, where SENTRY_DSN is set and sentry-sdk is installed (docs/operating.md).

A report is composed of what is known to hold nobody's words and no address: the type of the exception and where in the
code it was raised, the text of a log message without what was put into it, the route of a page. The texts of exceptions
are left out: PostgreSQL quotes the values of rows in them.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec
from time import monotonic
from typing import Any

from django.conf import settings

logger = logging.getLogger(__name__)

MISSING = "SENTRY_DSN is set, but sentry-sdk is not installed: nothing is reported."
OWN_LOGGERS = {"bot", "botbot", "logs"}
"""Packages whose log messages are constants into which values are put (ruff's G rules); others write what they like."""

REDACTED = "…"
REPEAT_SECONDS = 60.0
"""An error that happens again and again, such as a database that is away, is reported once in this time."""

MAX_REMEMBERED = 1000

EVENT_KEYS = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment", "server_name", "sdk")
EXCEPTION_KEYS = ("type", "module", "mechanism")
MECHANISM_KEYS = ("type", "handled", "exception_id", "parent_id", "is_exception_group", "source")
FRAME_KEYS = (
    *("filename", "abs_path", "function", "module", "lineno", "in_app"),
    *("pre_context", "context_line", "post_context"),  # lines of the source code
)

_reported_at: dict[object, float] = {}


def is_missing() -> bool:
    """Whether reports are wanted, but cannot be made."""
    return bool(settings.SENTRY_DSN) and find_spec("sentry_sdk") is None


def start() -> None:
    """Report errors of this process from now on, if that is wanted."""
    if not settings.SENTRY_DSN:
        return
    if is_missing():
        logger.warning(MISSING)
        return
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.dedupe import DedupeIntegration
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    # No integration with Django, Redis or HTTP: these collect addresses, headers, forms and statements.
    integrations = [
        LoggingIntegration(level=None, event_level=logging.ERROR, sentry_logs_level=None),
        ExcepthookIntegration(always_run=True),
        AtexitIntegration(callback=lambda _pending, _timeout: None),
        DedupeIntegration(),
    ]
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=settings.SENTRY_RELEASE,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=integrations,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        enable_backpressure_handling=False,
        spotlight=False,
        shutdown_timeout=1,  # a bot ends within five seconds
        before_send=make_report,
        before_send_transaction=lambda _event, _hint: None,
    )


def make_report(event: Any, hint: dict[str, Any]) -> Any:
    """Return what is sent of an event of the SDK; None if the same has been reported a moment ago."""
    record: logging.LogRecord | None = hint.get("log_record")
    report: dict[str, Any] = {key: event[key] for key in EVENT_KEYS if key in event}
    if exceptions := event.get("exception", {}).get("values"):
        report["exception"] = {"values": [_describe_exception(exception) for exception in exceptions]}
    if record is not None:
        report["logentry"] = _describe_message(record)
        report["transaction"] = _find_route(record)
    return report if _is_new(report) else None


def _describe_exception(exception: dict[str, Any]) -> dict[str, Any]:
    described = _pick(exception, EXCEPTION_KEYS)
    described["mechanism"] = _pick(exception.get("mechanism") or {}, MECHANISM_KEYS)
    frames = (exception.get("stacktrace") or {}).get("frames") or []
    described["stacktrace"] = {"frames": [_pick(frame, FRAME_KEYS) for frame in frames]}
    return described


def _pick(source: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: source[key] for key in keys if key in source}


def _describe_message(record: logging.LogRecord) -> dict[str, str]:
    """Return the message before values are put into it, and with those that are numbers."""
    is_constant = record.name.partition(".")[0] in OWN_LOGGERS or bool(record.args)
    if not is_constant or not isinstance(record.msg, str):
        return {"message": f"a message of {record.name}"}
    args = record.args if isinstance(record.args, tuple) else ()
    if not args:
        return {"message": record.msg}
    try:
        formatted = record.msg % tuple(arg if isinstance(arg, int | float) else REDACTED for arg in args)
    except (TypeError, ValueError):
        formatted = record.msg
    return {"message": record.msg, "formatted": formatted}


def _find_route(record: logging.LogRecord) -> str:
    """Return the method and the pattern of the address of the page that failed, if it was one."""
    request = getattr(record, "request", None)
    match = getattr(request, "resolver_match", None)
    return f"{request.method} /{match.route}" if request is not None and match is not None else ""


def _is_new(report: dict[str, Any]) -> bool:
    exceptions = report.get("exception", {}).get("values", [])
    places = [(each.get("type"), *(each["stacktrace"]["frames"][-1:] or [{}])[0].values()) for each in exceptions]
    key = (report.get("logger"), report.get("logentry", {}).get("message"), repr(places))
    now = monotonic()
    if now - _reported_at.get(key, -REPEAT_SECONDS) < REPEAT_SECONDS:
        return False
    if len(_reported_at) >= MAX_REMEMBERED:
        _reported_at.clear()
    _reported_at[key] = now
    return True
