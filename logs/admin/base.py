"""What the administration's pages share: lists that stay fast, lists that are only read, and confirmed actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property

# ModelAdmin takes a type parameter in django-stubs only.
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

AdminAction = Callable[[Any, HttpRequest, QuerySet[Any]], str]
"""Acts on the selected rows and returns a message for the page."""

MAX_COUNTED_ROWS = 10_000
MAX_SELECTED_ROWS = 10_000
"""Rows that one action changes at most."""

MAX_LISTED_ROWS = 20
"""Rows that the confirmation page names."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """A paginator that stops counting at MAX_COUNTED_ROWS: counting a large table takes longer than the page."""

    @cached_property
    def count(self) -> int:
        return len(self.object_list.values_list("pk")[:MAX_COUNTED_ROWS])  # type: ignore[attr-defined]


class BoundedListAdmin(ModelAdmin):
    """An admin whose list takes the same time whatever the size of its table."""

    show_full_result_count = False
    paginator = BoundedPaginator


class ReadOnlyAdmin(BoundedListAdmin):
    """An admin without forms: other pages and the bot write these rows."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


def actor_name(request: HttpRequest) -> str:
    """Return the administrator's name as the audit log records it."""
    return f"administrator {request.user.get_username()}"


def requires_confirmation(
    question: str,
    *,
    measure: Callable[[QuerySet[Any]], Iterable[object]] | None = None,
    max_rows: int = MAX_SELECTED_ROWS,
) -> Callable[[AdminAction], Callable[..., HttpResponse | None]]:
    """Decorate an action: it runs only after a page that shows the selected rows and asks for confirmation.

    `measure` returns what the action would remove or change (logs/extent.py), which the page lists as well. Measuring
    takes time, so that such an action can take at most `max_rows` at once.
    """

    def decorate(action: AdminAction) -> Callable[..., HttpResponse | None]:
        @wraps(action)
        def confirm_or_run(model_admin: Any, request: HttpRequest, selected: QuerySet[Any]) -> HttpResponse | None:
            keys = list(selected.order_by("pk").values_list("pk", flat=True)[: MAX_SELECTED_ROWS + 1])
            if len(keys) > max_rows:
                sentence = f"Nothing was done: select at most {max_rows:,} at once."
                model_admin.message_user(request, sentence, messages.WARNING)
                return None
            if request.POST.get("sure") == "yes":
                # Selected again by key: no more rows than the confirmation page announced.
                rows = selected.model.objects.filter(pk__in=keys)
                model_admin.message_user(request, action(model_admin, request, rows))
                return None
            context = {
                "title": "Are you sure?",
                "question": question,
                "count": len(keys),
                "shown": selected[:MAX_LISTED_ROWS],
                "extents": list(measure(selected.model.objects.filter(pk__in=keys))) if measure else None,
                # The form sends these again, so that Django selects the same rows a second time.
                "selected_keys": request.POST.getlist("_selected_action"),
                "across": request.POST.get("select_across", "0"),
                "action": request.POST.get("action", ""),
                "back": request.get_full_path(),
                "opts": model_admin.model._meta,
                **model_admin.admin_site.each_context(request),
            }
            return render(request, "admin/confirm.html", context)

        return confirm_or_run

    return decorate
