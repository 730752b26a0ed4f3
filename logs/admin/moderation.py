"""The administration of redactions (their list, and a form that removes lines of any channel) and of blocks.

A moderator needs only the permissions to view and to add redactions; the group “Moderators” has them.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from logs.admin.base import BoundedListAdmin, ChannelNameField, actor_name
from logs.models import Block, Channel, Redaction, audit_log
from logs.views.manage.line_sections import RemovalForm, apply_removal


class RedactionForm(RemovalForm, forms.ModelForm):  # type: ignore[type-arg]
    """The form of the owner's page, with a channel."""

    channel = ChannelNameField()  # type: ignore[assignment]  # a field here, in place of the attribute

    class Meta:
        model = Redaction
        fields = ("channel",)


@admin.register(Redaction)
class RedactionAdmin(BoundedListAdmin):
    form = RedactionForm
    list_display = ["at", "channel", "by", "removed", "what"]
    list_select_related = ["channel__network"]
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Redaction]:
        redactions: QuerySet[Redaction] = super().get_queryset(request).filter(removed__isnull=False)
        return redactions

    def get_fields(self, request: HttpRequest, obj: Redaction | None = None) -> Any:  # noqa: ARG002
        shown = ["at", "channel", "by", "removed", "what"]
        return shown if obj else ["channel", "how", "lines", "account", "nick", "why", "sure"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def save_model(self, request: HttpRequest, obj: Redaction, form: Any, change: bool) -> None:  # noqa: ARG002
        """Remove the lines, and give the object the key of the audit log's entry, whose page Django shows next."""
        channel: Channel = form.cleaned_data["channel"]
        newest = Redaction.objects.order_by("pk").last()
        self.message_user(request, apply_removal(channel, form.cleaned_data, actor_name(request)))
        # apply_removal records the act itself; it is the newest one that did not exist before.
        entries = Redaction.objects.filter(channel=channel, removed__isnull=False, pk__gt=newest.pk if newest else 0)
        entry = entries.order_by("pk").last()
        obj.pk = (
            entry.pk
            if entry
            else audit_log.record_act(channel, actor_name(request), "found nothing to remove", removed=0).pk
        )


@admin.register(Block)
class BlockAdmin(BoundedListAdmin):
    list_display = ["pattern", "kind", "network", "reason", "by", "expires_at", "is_in_force", "refused", "refused_at"]
    list_filter = ["kind", "network"]
    list_select_related = ["network"]
    search_fields = ["pattern"]
    readonly_fields = ["by", "refused", "refused_at"]
    ordering = [F("expires_at").desc(nulls_first=True), "-pk"]

    @admin.display(boolean=True, description="in force")
    def is_in_force(self, block: Block) -> bool:
        return block.expires_at is None or block.expires_at > timezone.now()

    def save_model(self, request: HttpRequest, obj: Block, form: Any, change: bool) -> None:
        obj.by = actor_name(request)
        # The bot counts at the same time: what the form did not change stays as it is.
        obj.save(update_fields=[*form.changed_data, "by"] if change else None)
