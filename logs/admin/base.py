"""What the administration's pages share: lists that stay fast, lists that are only read, confirmed actions, and a field
for a channel by its name: people do not know the ids of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from logs.models import Channel
from logs.text.names import fold

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

# ModelAdmin takes a type parameter in django-stubs only.

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


MAX_SUGGESTIONS = 1000


class ChannelNameInput(forms.TextInput):
    """A text field with a list of the site's channels, as `network/#channel`."""

    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "off", "size": 40})

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        list_id = f"channels-for-{name}"
        field = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        channels = Channel.objects.select_related("network").order_by("network__name", "folded")[:MAX_SUGGESTIONS]
        options = format_html_join("", '<option value="{}"></option>', ((full_name(channel),) for channel in channels))
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)


class ChannelNameField(forms.CharField):
    """Cleans to a channel, or to None if it is empty and not required.

    It takes `network/#channel`, a name alone that only one network has, and the id that former forms sent.
    """

    def __init__(self, **options: Any) -> None:
        help_text = "As network/#channel, for example libera/#python."
        super().__init__(max_length=300, widget=ChannelNameInput(), **{"help_text": help_text} | options)

    def clean(self, value: Any) -> Channel | None:
        text = super().clean(value)
        if not text:
            return None
        channels = Channel.objects.select_related("network")
        if text.isascii() and text.isdigit() and len(text) < 10:
            found = list(channels.filter(pk=int(text)))
        else:
            found = _find_channels(text)
        if len(found) > 1:
            names = ", ".join(full_name(channel) for channel in found[:5])
            raise forms.ValidationError(f"Several networks have {text}: write one of {names}.")
        if not found:
            raise forms.ValidationError(f"There is no channel {text}.")
        return found[0]

    def prepare_value(self, value: Any) -> Any:
        """Show the name of a channel that the row has, by its id."""
        if isinstance(value, int):
            channel = Channel.objects.select_related("network").filter(pk=value).first()
            return full_name(channel) if channel else ""
        return value


def full_name(channel: Channel) -> str:
    return f"{channel.network.name}/{channel.name}"


def _find_channels(text: str) -> list[Channel]:
    """Return the channels that a name may mean, compared as the server of each network compares names."""
    network, slash, rest = text.partition("/")
    channels = Channel.objects.select_related("network")
    # Channels may contain a slash themselves: what stands before it is a network only if there is one of that name.
    if slash and (of_network := channels.filter(network__name__iexact=network)):
        candidates = of_network
        name = rest
    else:
        candidates, name = channels, text
    names = {name, f"#{name}"}
    mappings = set(candidates.values_list("network__casemapping", flat=True))
    folded = {fold(each, mapping) for each in names for mapping in mappings}
    found = [
        channel
        for channel in candidates.filter(folded__in=folded)
        if channel.folded in {fold(each, channel.network.casemapping) for each in names}
    ]
    exact = [channel for channel in found if channel.folded == fold(name, channel.network.casemapping)]
    return exact or found
