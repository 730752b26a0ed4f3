"""The administration of networks, channels and watched files, and the bot's status and gaps. Lines cannot be edited."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from logs import planned_deletions, publication
from logs.accounts import ownership
from logs.admin.base import BoundedListAdmin, ReadOnlyAdmin, actor_name, requires_confirmation
from logs.models import BotStatus, Channel, Gap, Line, Network, WatchedFile, WatchedPath, audit_log
from logs.models.channel_choices import LoggingNotice
from logs.models.line_counts import lock_counters
from logs.models.watched import WATCH_SILENT_AFTER
from logs.text.plurals import counted
from logs.views.manage.channel_settings import RetentionForm
from logs.views.manage.section import check_zone_name
from logs.views.manage.versioned_form import VersionedForm

SECRET_INPUT = forms.PasswordInput(render_value=True, attrs={"autocomplete": "new-password"})
SECRET_FIELDS = {"key"}
"""Fields whose values the audit log leaves out."""

NO_SETTINGS = {"reason", "deletes"}
"""Fields of the form that are no columns."""


class NetworkForm(VersionedForm):
    """A network's settings: what others have changed meanwhile is kept, and said where both changed the same."""

    unversioned = frozenset({"password", "account_password"})

    class Meta:
        model = Network
        fields = "__all__"


@admin.register(Network)
class NetworkAdmin(BoundedListAdmin):
    """Networks. One without a host is an archive: the bot does not connect to it."""

    list_display = ["name", "host", "port", "tls", "nick", "wanted"]
    list_filter = ["wanted"]
    search_fields = ["name", "host"]
    form = NetworkForm

    def save_model(self, request: HttpRequest, obj: Network, form: Any, change: bool) -> None:
        """Save only what was changed: the bot and commands write other columns, also while the form is open."""
        if not change:
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            obj.save(update_fields=form.changed_data)

    def get_form(self, request: HttpRequest, obj: Network | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(
            request, obj, change, widgets={"password": SECRET_INPUT, "account_password": SECRET_INPUT}, **kwargs
        )


class ChannelForm(RetentionForm):
    """A channel's settings. Publishing it without a notice of the log in its topic requires a reason."""

    unversioned = frozenset(SECRET_FIELDS)
    reason = forms.CharField(
        required=False, help_text="Why the log may be public without a notice. The audit log shows it."
    )

    class Meta:
        model = Channel
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deletes"].label = "Delete lines that are older than a shorter limit"
        self.fields["deletes"].help_text = "Leave it empty to see first how many lines it would be."

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if self.instance.pk:
            self.ask_before_deleting(given)
        # A new channel that the bot joins has no notice yet; an archive's new channel needs none.
        was_missing = self.instance.notice == LoggingNotice.MISSING if self.instance.pk else given.get("wanted")
        if was_missing and given.get("notice") == LoggingNotice.UNNEEDED and not given.get("reason"):
            self.add_error("reason", "Say why people know that they are logged.")
        return given

    def clean_time_zone(self) -> str:
        return check_zone_name(self.cleaned_data["time_zone"])


@admin.register(Channel)
class ChannelAdmin(BoundedListAdmin):
    """Channels. One with lines cannot be deleted: nobody could read its lines any more."""

    form = ChannelForm
    list_display = ["name", "network", "wanted", "readers", "notice_state", "state", "lines", "manage"]
    list_filter = ["network", "wanted", "visibility", "notice", "hidden", "paused"]
    list_select_related = ["network"]
    search_fields = ["name"]
    actions = ["join", "leave", "hide", "show"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:  # noqa: ARG002
        return {"notice": LoggingNotice.MISSING}

    def get_form(self, request: HttpRequest, obj: Channel | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, widgets={"key": SECRET_INPUT}, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        channels: QuerySet[Channel] = super().get_queryset(request)
        return channels.annotate(state=F("status__state"), total=F("counter__lines"))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, set[str], list[Any]]:
        """Refuse channels with lines. With a channel without lines its status and gaps are deleted as well."""
        # Returning early avoids collecting the related rows, of which there may be millions.
        with_lines = [channel for channel in objs if Line.objects.filter(channel=channel).exists()]
        if with_lines:
            protected = [
                f"the lines of {channel}: clear “wanted” or change its visibility instead" for channel in with_lines
            ]
            return [], {}, set(), protected
        to_delete, counts, missing_permissions, protected = super().get_deleted_objects(objs, request)
        # Nobody has the permission to delete these alone, because their admin is read-only.
        missing_permissions -= {str(model._meta.verbose_name) for model in (BotStatus, Gap)}
        return to_delete, counts, missing_permissions, protected

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

    @admin.action(description="Hide from everybody except owners", permissions=["change"])
    @requires_confirmation("Hide these logs from everybody except their owners? Live streams of other readers end.")
    def hide(self, request: HttpRequest, channels: QuerySet[Channel]) -> str:
        return _change(request, channels, "hid the log", hidden=True)

    @admin.action(description="Show again", permissions=["change"])
    @requires_confirmation("Show these logs again to everybody who may read them by their settings?")
    def show(self, request: HttpRequest, channels: QuerySet[Channel]) -> str:
        return _change(request, channels, "showed the log again", hidden=False)

    @admin.display(description="readers", ordering="visibility")
    def readers(self, channel: Channel) -> str:
        return channel.visibility

    @admin.display(description="notice", ordering="notice")
    def notice_state(self, channel: Channel) -> str:
        return channel.notice

    @admin.display(description="owner's page")
    def manage(self, channel: Channel) -> str:
        return format_html('<a href="{}">manage</a>', reverse("manage", args=[channel.network.name, channel.name]))

    @admin.display(ordering="status__state")
    def state(self, channel: Any) -> str:
        return str(channel.state or "")

    @admin.display(description="lines", ordering="total")
    def lines(self, channel: Any) -> int:
        return int(channel.total or 0)


def _change(request: HttpRequest, channels: QuerySet[Channel], description: str, **fields: Any) -> str:
    """Set the fields of each channel and record it in the audit log; return a message for the page."""
    for channel in channels:
        with transaction.atomic():
            lock_counters({channel.pk})  # before the channel's row, as writers of lines do
            was_public = channel.is_public
            Channel.objects.filter(pk=channel.pk).update(**fields)
            audit_log.record_act(channel, actor_name(request), description)
            publication.announce_if_opened(channel, was_public=was_public)
    return f"Done for {counted(len(channels), 'channel')}."


def add_channel(request: HttpRequest, channel: Channel, form: Any) -> None:
    """Save a new channel and record it, with the reason if one was given."""
    channel.save()
    reason = form.cleaned_data.get("reason")
    audit_log.record_act(channel, actor_name(request), f"added the channel{f': {reason}' if reason else ''}")


def save_channel_changes(request: HttpRequest, channel: Channel, form: Any) -> None:
    """Save the fields that were changed, and record them in the audit log without secrets."""
    changed = [name for name in form.changed_data if name not in NO_SETTINGS]
    if not changed:
        return
    lock_counters({channel.pk})  # before the channel's row, as writers of lines do
    was_public = channel.is_public
    if "retention" in changed:
        former_retention = Channel.objects.values_list("retention", flat=True).get(pk=channel.pk)
    # Only these columns: the bot may have written others, such as the topic, since the form was shown.
    channel.save(update_fields=[*changed, "folded"])
    if "retention" in changed:
        planned_deletions.plan_retention(channel, former_retention, actor_name(request))
    if form.cleaned_data.get("reason"):
        ownership.approve_without_notice(channel, actor_name(request), form.cleaned_data["reason"])
    changes = form.describe_changes(without=NO_SETTINGS, secret=SECRET_FIELDS)
    audit_log.record_act(channel, actor_name(request), f"changed {changes}")
    publication.announce_if_opened(channel, was_public=was_public)


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


@admin.register(WatchedPath)
class WatchedPathAdmin(ReadOnlyAdmin):
    list_display = ["path", "name", "is_followed", "polls", "ignored", "problem", "seen_at"]
    ordering = ["name", "path"]

    @admin.display(boolean=True, description="followed now")
    def is_followed(self, path: WatchedPath) -> bool:
        return path.seen_at is not None and timezone.now() - path.seen_at <= WATCH_SILENT_AFTER


@admin.register(WatchedFile)
class WatchedFileAdmin(ReadOnlyAdmin):
    list_display = ["path", "channel", "state", "detail", "format", "lines", "unparsed", "last_line_at"]
    list_filter = ["state", "format"]
    list_select_related = ["channel"]
    search_fields = ["path"]
    ordering = ["path", "pk"]
