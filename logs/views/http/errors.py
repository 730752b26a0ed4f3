"""The error pages: 404 with suggestions, 500, and 503 while the database is unavailable."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from logs.views.http.channel_lookup import PageNotFound
from logs.views.http.plain_page import fill_plain_page


def show_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 404 page, with links to what does exist."""
    if not isinstance(exception, PageNotFound):
        exception = PageNotFound(gettext("There is no such page here."), [])
    return render(request, "404.html", {"error": exception}, status=404)


def show_server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The 500 page, or 503 while the database is unavailable. It needs neither the database nor a template engine."""
    is_unavailable = isinstance(sys.exception(), OperationalError | InterfaceError)
    page = fill_plain_page(
        "500.html",
        heading=gettext("Something went wrong"),
        explanation=gettext(
            "This is an error on our side. No logged lines are lost, and the details are in the site's log."
        ),
        advice=gettext('Please try again in a minute, or go to the <a href="/">list of channels</a>.'),
    )
    response = HttpResponse(page, status=503 if is_unavailable else 500)
    if is_unavailable:
        response["Retry-After"] = "5"
    return response
