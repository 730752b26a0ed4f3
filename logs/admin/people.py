"""The administration of people: privacy requests, opt-outs, held lines, identities, memberships, tokens, audit log.

Every filter of a list has an index.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from logs import moderation, privacy
from logs.accounts import api_tokens
from logs.admin.base import BoundedListAdmin, ReadOnlyAdmin, actor_name, requires_confirmation
from logs.models import Act, ApiToken, Channel, HeldLine, Identity, Membership, OptOut, Request
from logs.text.plurals import counted


@admin.register(Request)
class RequestAdmin(BoundedListAdmin):
    """Privacy requests of people without an account, the most urgent first."""

    list_display = ["nick", "network", "wish", "created_at", "due_at", "is_in_time", "answered_at"]
    list_filter = [("answered_at", admin.EmptyFieldListFilter), "wish", "network"]
    list_select_related = ["network"]
    search_fields = ["nick"]
    readonly_fields = ["network", "nick", "wish", "words", "created_at", "due_at", "answered_at"]
    actions = ["fulfil"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_fulfil_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(["logs.change_request", "logs.add_redaction"])

    @admin.action(description="Fulfil in all channels of the network, and answer", permissions=["fulfil"])
    @requires_confirmation(
        "Erase, anonymise or opt out these nicks on their whole network, as requested, and answer them?"
    )
    def fulfil(self, request: HttpRequest, selected: QuerySet[Request]) -> str:
        unanswered = selected.filter(answered_at=None).select_related("network")
        fulfilled = sum(privacy.fulfil_request(privacy_request, actor_name(request)) for privacy_request in unanswered)
        return f"Fulfilled and answered: {counted(fulfilled, 'request')}. The others need a written answer."

    @admin.display(boolean=True, description="in time")
    def is_in_time(self, privacy_request: Request) -> bool:
        return (privacy_request.answered_at or timezone.now()) <= privacy_request.due_at

    def save_model(self, request: HttpRequest, obj: Request, form: Any, change: bool) -> None:
        obj.answered_at = timezone.now() if obj.answer else None
        super().save_model(request, obj, form, change)


@admin.register(OptOut)
class OptOutAdmin(BoundedListAdmin):
    list_display = ["account", "nick", "network", "channel", "created_at"]
    list_filter = ["network"]
    list_select_related = ["network", "channel"]
    search_fields = ["account", "nick"]
    raw_id_fields = ["channel"]


@admin.register(HeldLine)
class HeldLineAdmin(ReadOnlyAdmin):
    """Lines held back as flood or spam, and delayed lines, which are published without an administrator."""

    list_display = ["at", "channel", "nick", "text", "why", "due_at"]
    list_filter = ["why"]
    list_select_related = ["channel"]
    actions = ["release", "discard"]
    ordering = ["-pk"]

    @admin.action(description="Release", permissions=["act"])
    @requires_confirmation("Release these lines into their logs? Delayed lines stay delayed.")
    def release(self, request: HttpRequest, held: QuerySet[HeldLine]) -> str:
        lines = sum(moderation.release_spam(channel, ids, actor_name(request)) for channel, ids in _by_channel(held))
        return f"Released: {counted(lines)}."

    @admin.action(description="Discard permanently", permissions=["act"])
    @requires_confirmation("Discard these lines permanently? Delayed lines stay delayed.")
    def discard(self, request: HttpRequest, held: QuerySet[HeldLine]) -> str:
        lines = sum(moderation.discard_spam(channel, ids, actor_name(request)) for channel, ids in _by_channel(held))
        return f"Discarded: {counted(lines)}."

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("logs.delete_heldline")


def _by_channel(held: QuerySet[HeldLine]) -> list[tuple[Channel, list[int]]]:
    """Group the ids of held lines by their channel."""
    rows = list(held.values_list("channel", "pk"))
    channels = Channel.objects.filter(pk__in={channel_id for channel_id, _ in rows})
    return [(channel, [pk for channel_id, pk in rows if channel_id == channel.pk]) for channel in channels]


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    list_display = ["nick", "account", "network", "proven_at", "signed_out_at"]
    list_filter = ["network"]
    list_select_related = ["network"]
    search_fields = ["account", "nick"]
    ordering = ["-pk"]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Owners and members, and how each proved the role. The channel's manage page changes them."""

    list_display = ["channel", "identity", "role", "evidence", "created_at"]
    list_filter = ["role"]
    list_select_related = ["channel", "identity"]
    search_fields = ["identity__account", "identity__nick"]
    ordering = ["-pk"]


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """API tokens. The channel's manage page creates them; here all of them can be revoked."""

    list_display = ["name", "channel", "maker", "created_at", "last_used_at"]
    list_select_related = ["channel", "identity", "user"]
    search_fields = ["name"]
    actions = ["revoke"]
    ordering = ["-pk"]

    @admin.action(description="Revoke", permissions=["act"])
    def revoke(self, request: HttpRequest, selected: QuerySet[ApiToken]) -> None:
        for token in selected.select_related("channel"):
            api_tokens.revoke_token(token, actor_name(request))

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("logs.delete_apitoken")


@admin.register(Act)
class ActAdmin(ReadOnlyAdmin):
    list_display = ["at", "channel", "by", "what"]
    list_select_related = ["channel"]
    search_fields = ["^by"]
