"""What a visitor sees when there is no page, or something broke."""

from __future__ import annotations

import sys
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from logs.views.http.channel_lookup import Missing


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, with the nearest thing that does exist."""
    if not isinstance(exception, Missing):
        exception = Missing("There is no such page here.", [])
    return render(request, "404.html", {"missing": exception}, status=404)


def broken(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """500, or 503 while the database is away; the page needs neither the database nor a template engine."""
    away = isinstance(sys.exception(), OperationalError | InterfaceError)
    page = Path(settings.BASE_DIR, "templates", "500.html").read_text(encoding="utf-8")
    response = HttpResponse(page, status=503 if away else 500)
    if away:
        response["Retry-After"] = "5"
    return response
