"""Forms that were sent after their session had ended: what was typed is kept, and given back after signing in.

It is kept in the session of the visitor who typed it, for an hour, and only ever shown at the address it was sent to.
"""

from __future__ import annotations

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

UNSENT_FORM = "unsent_form"
"""Where the session keeps the address, the fields and the time."""

MAX_CHARACTERS = 20_000
MAX_AGE_SECONDS = 3600
LEFT_OUT = {"csrfmiddlewaretoken"}


def keep_form(request: HttpRequest) -> None:
    """Keep the fields of a form that nobody is signed in for; longer ones than MAX_CHARACTERS are not kept."""
    if request.method != "POST":
        return
    fields = [(name, value) for name in request.POST if name not in LEFT_OUT for value in request.POST.getlist(name)]
    if fields and sum(len(name) + len(value) for name, value in fields) <= MAX_CHARACTERS:
        request.session[UNSENT_FORM] = {"path": request.path, "fields": fields, "at": time.time()}


def give_form_back(request: HttpRequest) -> HttpResponse | None:
    """Return the page with what was typed for this address, once; None if nothing was, or too long ago."""
    if request.method != "GET" or (form := request.session.get(UNSENT_FORM)) is None or form["path"] != request.path:
        return None
    del request.session[UNSENT_FORM]
    if time.time() - form["at"] > MAX_AGE_SECONDS:
        return None
    shown = [(name, value) for name, value in form["fields"] if name != "act" and not name.startswith("initial-")]
    context = {"path": request.path, "fields": form["fields"], "shown": [each for each in shown if each[1]]}
    return render(request, "people/unsent_form.html", context)
