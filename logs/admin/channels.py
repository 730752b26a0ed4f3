"""The administration: what the bot should do, and how it fares. Lines are not edited here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from logs.admin.confirmation import requires_confirmation
from logs.admin.people import (
    BoundedListAdmin,
    ChannelForm,
    ReadOnlyAdmin,
    actor_name,
    add_channel,
    save_channel_changes,
)
from logs.models import BotStatus, Channel, Gap, Line, Network, audit_log
from logs.models.channel import LoggingNotice
from logs.text.plurals import counted

SECRET = forms.PasswordInput(render_value=True, attrs={"autocomplete": "new-password"})


@admin.register(Network)
class NetworkAdmin(BoundedListAdmin):
    """Without a host a network is an archive only."""

    list_display = ["name", "host", "port", "tls", "nick", "wanted"]
    list_filter = ["wanted"]
    search_fields = ["name", "host"]

    def get_form(self, request: HttpRequest, obj: Network | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(
            request, obj, change, widgets={"password": SECRET, "account_password": SECRET}, **kwargs
        )


@admin.register(Channel)
class ChannelAdmin(BoundedListAdmin):
    """A channel that has lines stays: its lines would stay without it, and nobody could read them."""

    form = ChannelForm
    list_display = ["name", "network", "wanted", "visibility", "notice", "state", "lines", "manage"]
    list_filter = ["network", "wanted", "visibility", "notice", "hidden", "paused"]
    list_select_related = ["network"]
    search_fields = ["name"]
    actions = ["join", "leave", "hide", "show"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:  # noqa: ARG002
        return {"notice": LoggingNotice.MISSING}

    def get_form(self, request: HttpRequest, obj: Channel | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, widgets={"key": SECRET}, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        channels: QuerySet[Channel] = super().get_queryset(request)
        return channels.annotate(state=F("status__state"), last_id=F("counter__last_id"))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, set[str], list[Any]]:
        """Without lines nothing stands against it: status and gaps, which nobody may delete by themselves, go too.

        What hangs on a channel with lines is not even looked for: there may be millions of rows.
        """
        with_lines = [channel for channel in objs if Line.objects.filter(channel=channel).exists()]
        if with_lines:
            kept = [f"the lines of {one}: clear “wanted” or change its visibility instead" for one in with_lines]
            return [], {}, set(), kept
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        missing -= {str(model._meta.verbose_name) for model in (BotStatus, Gap)}
        return deleted, counts, missing, protected

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        if change:
            save_channel_changes(request, obj, form)
        else:
            add_channel(request, obj, form)

    @admin.action(description="Let the bot join", permissions=["change"])
    @requires_confirmation("Let the bot join these channels, and try again where it was kicked?")
    def join(self, request: HttpRequest, channels: QuerySet[Channel]) -> str:
        return _change(request, channels, "let the bot join", wanted=True, stopped="")

    @admin.action(description="Let the bot leave", permissions=["change"])
    @requires_confirmation("Let the bot leave these channels? Their logs stay.")
    def leave(self, request: HttpRequest, channels: QuerySet[Channel]) -> str:
        return _change(request, channels, "let the bot leave", wanted=False)

    @admin.action(description="Hide from all but owners", permissions=["change"])
    @requires_confirmation(
        "Hide these logs from everybody but their owners? Open pages and live streams of others end."
    )
    def hide(self, request: HttpRequest, channels: QuerySet[Channel]) -> str:
        return _change(request, channels, "hid the log", hidden=True)

    @admin.action(description="Show again", permissions=["change"])
    @requires_confirmation("Show these logs again to whoever their settings let read them?")
    def show(self, request: HttpRequest, channels: QuerySet[Channel]) -> str:
        return _change(request, channels, "showed the log again", hidden=False)

    @admin.display(description="people, lines, acts")
    def manage(self, channel: Channel) -> str:
        return format_html('<a href="{}">manage</a>', reverse("manage", args=[channel.network.name, channel.name]))

    @admin.display(ordering="status__state")
    def state(self, channel: Any) -> str:
        return str(channel.state or "")

    @admin.display(description="lines", ordering="counter__last_id")
    def lines(self, channel: Any) -> int:
        return int(channel.last_id or 0)


def _change(request: HttpRequest, channels: QuerySet[Channel], what: str, **wishes: Any) -> str:
    for channel in channels:
        with transaction.atomic():
            Channel.objects.filter(pk=channel.pk).update(**wishes)
            audit_log.record_act(channel, actor_name(request), what)
    return f"Done for {counted(len(channels), 'channel')}."


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
    ordering = ["-pk"]
