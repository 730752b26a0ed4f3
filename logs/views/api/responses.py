"""Responses of the API: JSON with an ETag, and errors as problems (RFC 9457), explained in a sentence."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import urlencode
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from logs.models import Channel
from logs.views.api.params import ChannelPath
from logs.views.http.channel_lookup import channel_or_404
from logs.views.people.visitor import visitor_of
from logs.views.reading.search_request import BusyError

logger = logging.getLogger(__name__)

POSITION_PARAMETERS = ("after", "before", "around", "older")
"""Parameters that the links to neighbouring pages replace."""


def format_time(value: date | datetime) -> str:
    """Format a time in UTC with microseconds, or a day, as in RFC 3339."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    return value.isoformat()


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=format_time).encode


def get_channel_or_404(request: HttpRequest, path: ChannelPath) -> Channel:
    """Return the channel if the caller may read it; otherwise raise the same 404 as if it did not exist."""
    return channel_or_404(visitor_of(request), path.network, path.channel)


def json_response(
    request: HttpRequest, content: dict[str, Any], links: dict[str, dict[str, Any]] | None = None
) -> HttpResponse:
    """Return the content as JSON, or 304 if the caller has it already.

    `links` holds, by relation ("next", "prev"), the parameters that differ from this request's; None leaves one out.
    """
    body = _encode(content).encode("utf-8", "replace")
    tag = f'"{hashlib.blake2b(body, digest_size=15).hexdigest()}"'
    response = HttpResponse(body, content_type="application/json; charset=utf-8", headers={"ETag": tag})
    if links:
        response["Link"] = ", ".join(f'<{_page_url(request, changed)}>; rel="{rel}"' for rel, changed in links.items())
    # no-cache: caches revalidate each time, because removed lines must disappear at once.
    patch_cache_control(response, public=True, no_cache=True)
    conditional = get_conditional_response(request, etag=tag, response=response)
    return conditional if isinstance(conditional, HttpResponse) else response


def _page_url(request: HttpRequest, changed: dict[str, Any]) -> str:
    """Return this request's URL with another position."""
    unchanged = {name: value for name, value in request.GET.items() if name not in POSITION_PARAMETERS}
    parameters = {name: value for name, value in (unchanged | changed).items() if value is not None}
    return request.build_absolute_uri(f"{request.path}?{urlencode(parameters)}")


MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "5"
"""Default of the Retry-After header."""

DEFAULT_SENTENCES = {
    400: "The request cannot be understood.",
    401: "This token is not valid: it is wrong, or it was revoked.",
    404: "There is nothing at this address, or you may not read it.",
    405: "This address is read-only: use GET.",
    406: "This address answers with text/event-stream, which your Accept header refuses.",
    500: "An internal error; it was logged.",
    503: "The archive is not available at the moment.",
}


class ProblemError(Exception):
    """Ends an operation with a problem. `headers` are spelt as keywords: Retry_After."""

    def __init__(self, status: int, sentence: str, **headers: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def problem_response(status: int, sentence: str = "", errors: list[dict[str, str]] | None = None) -> HttpResponse:
    """Return a problem; without a sentence, the default one of the status."""
    phrase = HTTPStatus(status).phrase
    content: dict[str, Any] = {"type": "about:blank", "title": phrase, "status": status}
    content["detail"] = sentence or DEFAULT_SENTENCES.get(status, f"{phrase}.")
    if errors:
        content["errors"] = errors
    headers = {"Cache-Control": "no-store"}
    if status == 503:
        headers["Retry-After"] = RETRY_AFTER_SECONDS
    return HttpResponse(json.dumps(content) + "\n", status=status, content_type=MEDIA_TYPE, headers=headers)


def add_exception_handlers(api: NinjaAPI) -> None:
    """Turn every exception of an operation into a problem."""
    api.add_exception_handler(ValidationError, _problem_from_invalid_parameters)
    api.add_exception_handler(ProblemError, _problem_from_error)
    api.add_exception_handler(Http404, lambda _, error: problem_response(404, getattr(error, "sentence", "")))
    api.add_exception_handler(HttpError, _problem_from_http_error)
    api.add_exception_handler(BusyError, lambda _, __: problem_response(503, "Many people are searching just now."))
    api.add_exception_handler(Exception, _problem_from_exception)


def _problem_from_http_error(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ARG001
    return problem_response(error.status_code, str(error))


def _problem_from_error(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ARG001
    response = problem_response(error.status, error.sentence)
    for name, value in error.headers.items():
        response[name] = value
    return response


def _problem_from_invalid_parameters(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ARG001
    errors = [{"where": ".".join(map(str, each["loc"])), "what": str(each["msg"])} for each in error.errors]
    sentence = "; ".join(f"{each['where'].rpartition('.')[2]}: {each['what']}" for each in errors)
    return problem_response(422, f"{sentence}.", errors)


def _problem_from_exception(request: HttpRequest, error: Any) -> HttpResponse:
    # An unavailable database is an outage, not a fault of the program: no traceback, and the client may retry.
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("the API could not query the database: %s", " ".join(str(error).split()))
        return problem_response(503)
    logger.error("internal error: %s", request.path, exc_info=error)
    return problem_response(500)
