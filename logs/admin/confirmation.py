"""Acts on what was chosen in a list of the administration: asked once more before they are done."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

AdminAction = Callable[[Any, HttpRequest, QuerySet[Any]], str]
"""Does it and returns what to tell."""

LISTED_ROWS = 20
MAX_ROWS = 10_000
"""Rows that one act may be about; more are for another time."""


def requires_confirmation(question: str) -> Callable[[AdminAction], Callable[..., HttpResponse | None]]:
    """Shows what was chosen and asks; the act itself comes with the answer, and tells what it did."""

    def wrap(act: AdminAction) -> Callable[..., HttpResponse | None]:
        @wraps(act)
        def asked(model_admin: Any, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
            numbers = list(chosen.order_by("pk").values_list("pk", flat=True)[:MAX_ROWS])
            if request.POST.get("sure") == "yes":
                model_admin.message_user(
                    request, act(model_admin, request, chosen.model.objects.filter(pk__in=numbers))
                )
                return None
            context = {
                "title": "Are you sure?",
                "question": question,
                "count": len(numbers),
                "shown": chosen[:LISTED_ROWS],
                "chosen": request.POST.getlist("_selected_action"),
                "across": request.POST.get("select_across", "0"),
                "action": request.POST.get("action", ""),
                "back": request.get_full_path(),
                "opts": model_admin.model._meta,
                **model_admin.admin_site.each_context(request),
            }
            return render(request, "admin/confirm.html", context)

        return asked

    return wrap
