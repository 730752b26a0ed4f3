"""The error pages: 404 with suggestions, 500, and 503 while the database is unavailable."""

from __future__ import annotations

import sys
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from logs.views.http.channel_lookup import PageNotFound


def show_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 404 page, with links to what does exist."""
    if not isinstance(exception, PageNotFound):
        exception = PageNotFound("There is no such page here.", [])
    return render(request, "404.html", {"error": exception}, status=404)


def show_server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The 500 page, or 503 while the database is unavailable. It needs neither the database nor a template engine."""
    is_unavailable = isinstance(sys.exception(), OperationalError | InterfaceError)
    page = Path(settings.RESOURCES, "templates", "500.html").read_text(encoding="utf-8")
    response = HttpResponse(page, status=503 if is_unavailable else 500)
    if is_unavailable:
        response["Retry-After"] = "5"
    return response
