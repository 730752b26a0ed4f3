"""Errors as application/problem+json (RFC 9457), with one sentence for the author of the request."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from logs.views.reading.search_request import BusyError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "5"
"""Default of the Retry-After header."""

SENTENCES = {
    400: "The request cannot be understood.",
    401: "This token is not valid: it is wrong, or it was revoked.",
    404: "There is nothing at this address, or you may not read it.",
    405: "This address is read-only: use GET.",
    406: "This address answers with text/event-stream, which your Accept header refuses.",
    500: "An internal error; it was logged.",
    503: "The archive is not available at the moment.",
}


class ProblemError(Exception):
    """Raise it to end an operation with this status and sentence."""

    def __init__(self, status: int, sentence: str, **headers: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def problem_response(status: int, sentence: str = "", errors: list[dict[str, str]] | None = None) -> HttpResponse:
    phrase = HTTPStatus(status).phrase
    content: dict[str, Any] = {"type": "about:blank", "title": phrase, "status": status}
    content["detail"] = sentence or SENTENCES.get(status, f"{phrase}.")
    if errors:
        content["errors"] = errors
    headers = {"Cache-Control": "no-store"}
    if status == 503:
        headers["Retry-After"] = RETRY_AFTER_SECONDS
    return HttpResponse(json.dumps(content) + "\n", status=status, content_type=MEDIA_TYPE, headers=headers)


def add_exception_handlers(api: NinjaAPI) -> None:
    """Turn every exception of an operation into a problem."""
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(ProblemError, _problem_from_error)
    api.add_exception_handler(Http404, lambda _, error: problem_response(404, getattr(error, "sentence", "")))
    api.add_exception_handler(HttpError, _refused)
    api.add_exception_handler(BusyError, lambda _, __: problem_response(503, "Many people are searching just now."))
    api.add_exception_handler(Exception, _internal_error)


def _refused(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ARG001
    return problem_response(error.status_code, str(error))


def _problem_from_error(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ARG001
    response = problem_response(error.status, error.sentence)
    for name, value in error.headers.items():
        response[name] = value
    return response


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ARG001
    errors = [{"where": ".".join(map(str, found["loc"])), "what": str(found["msg"])} for found in error.errors]
    sentence = "; ".join(f"{found['where'].rpartition('.')[2]}: {found['what']}" for found in errors)
    return problem_response(422, f"{sentence}.", errors)


def _internal_error(request: HttpRequest, error: Any) -> HttpResponse:
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("the API could not query the database: %s", " ".join(str(error).split()))
        return problem_response(503)
    logger.error("internal error: %s", request.path, exc_info=error)
    return problem_response(500)
