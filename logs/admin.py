"""The administration: what the bot should do, and how it fares. Lines are not edited here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from logs.models import BotStatus, Channel, Gap, Line, Network
from logs.views.administration import ChannelForm, keep_channel

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

SECRET = forms.PasswordInput(render_value=True, attrs={"autocomplete": "new-password"})


@admin.register(Network)
class NetworkAdmin(ModelAdmin):
    """Without a host a network is an archive only."""

    list_display = ["name", "host", "port", "tls", "nick", "wanted"]
    list_filter = ["wanted"]
    search_fields = ["name", "host"]
    show_full_result_count = False

    def get_form(self, request: HttpRequest, obj: Network | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(
            request, obj, change, widgets={"password": SECRET, "account_password": SECRET}, **kwargs
        )


@admin.register(Channel)
class ChannelAdmin(ModelAdmin):
    """A channel that has lines stays: its lines would stay without it, and nobody could read them."""

    form = ChannelForm
    list_display = ["name", "network", "wanted", "visibility", "notice", "state", "lines", "manage"]
    list_editable = ["wanted"]
    list_filter = ["network", "wanted", "visibility", "notice", "hidden", "paused"]
    list_select_related = ["network"]
    search_fields = ["name"]
    show_full_result_count = False

    def get_form(self, request: HttpRequest, obj: Channel | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, widgets={"key": SECRET}, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        channels: QuerySet[Channel] = super().get_queryset(request)
        return channels.annotate(state=F("status__state"), last_id=F("counter__last_id"))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, set[str], list[Any]]:
        """Without lines nothing stands against it: status and gaps, which nobody may delete by themselves, go too."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        missing -= {str(model._meta.verbose_name) for model in (BotStatus, Gap)}
        with_lines = [channel for channel in objs if Line.objects.filter(channel=channel).exists()]
        kept = [f"the lines of {channel}: clear “wanted” or change its visibility instead" for channel in with_lines]
        return deleted, counts, missing, [*protected, *kept]

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        if change:
            keep_channel(request, obj, form)
        else:
            super().save_model(request, obj, form, change)

    @admin.display(description="people, lines, acts")
    def manage(self, channel: Channel) -> str:
        return format_html('<a href="{}">manage</a>', reverse("manage", args=[channel.network.name, channel.name]))

    @admin.display(ordering="status__state")
    def state(self, channel: Any) -> str:
        return str(channel.state or "")

    @admin.display(description="lines", ordering="counter__last_id")
    def lines(self, channel: Any) -> int:
        return int(channel.last_id or 0)


class ReadOnlyAdmin(ModelAdmin):
    """A list to look at: the bot alone writes these rows."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(BotStatus)
class BotStatusAdmin(ReadOnlyAdmin):
    list_display = ["network", "channel", "state", "detail", "since", "last_line_at", "journal_depth", "updated_at"]
    list_filter = ["state", "network"]
    list_select_related = ["network", "channel"]
    ordering = ["network__name", F("channel__folded").asc(nulls_first=True)]


@admin.register(Gap)
class GapAdmin(ReadOnlyAdmin):
    list_display = ["channel", "from_at", "to_at", "reason"]
    list_filter = ["reason"]
    list_select_related = ["channel"]
    ordering = ["-from_at"]
