"""The first middleware: health checks and metrics have no host, and other requests only the hosts of the site."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from botbot.monitoring import healthz, metrics, readyz
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
