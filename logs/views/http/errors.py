"""The error pages: 404 with suggestions, 500, and 503 while the database is unavailable.

Some need neither the database nor a template engine: errors of the site, and refusals before Django.
"""

from __future__ import annotations

import sys
from pathlib import Path
from string import Template

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from logs.active_language import current_language, text_direction


class PageNotFound(Http404):
    """404 for something that does not exist or that this visitor may not see, which look alike.

    `sentence` explains it on the page; `suggestions` are links to existing pages as (text, address).
    """

    def __init__(self, sentence: str, suggestions: list[tuple[str, str]]) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.suggestions = suggestions


def fill_plain_page(name: str, **texts: str) -> str:
    """Return a page of the folder `templates` in the language that is active, with these texts in its places."""
    template = Template(Path(settings.RESOURCES, "templates", name).read_text(encoding="utf-8"))
    return template.substitute(language=current_language(), direction=text_direction(), **texts)


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
