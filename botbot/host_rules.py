"""The first middleware: health checks and metrics have no host, and other requests only the hosts of the site."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from botbot.monitoring import healthz, metrics, readyz

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
            text = "Bad Request: this server has no site of this name.\n"
            response = HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")
            response._has_been_logged = True  # type: ignore[attr-defined]  # Django would log it once more
            return response
        return get_response(request)

    return middleware
