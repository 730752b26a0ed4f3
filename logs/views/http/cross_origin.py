"""Answers that pages of any origin may read, with the visitor's cookies never (no Access-Control-Allow-Credentials)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

METHODS = "GET, HEAD, OPTIONS"
PREFLIGHT = {
    "Access-Control-Allow-Methods": METHODS,
    # Content-Type: many programs send it with every request, also with a GET.
    "Access-Control-Allow-Headers": "Accept, Authorization, Cache-Control, Content-Type, If-Modified-Since, "
    "If-None-Match, Last-Event-ID",
    "Access-Control-Max-Age": "86400",
}

View = Callable[..., HttpResponseBase]


def allow_any_origin(view: View) -> View:
    """Decorate a view that only reads: pages of any origin may read what strangers get."""

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "OPTIONS":
            response: HttpResponseBase = HttpResponse(status=204, headers=PREFLIGHT | {"Allow": METHODS})
        else:
            response = view(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Link, Retry-After"
        return response

    return respond
