"""The administration of people: privacy requests, opt-outs, held lines, identities, memberships, tokens, audit log.

Every filter of a list has an index.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import Func, QuerySet, Sum, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join

from logs import mail_addresses, moderation, privacy
from logs.accounts import api_tokens
from logs.admin.base import BoundedListAdmin, ChannelNameField, ReadOnlyAdmin, actor_name, requires_confirmation
from logs.extent import measure_held, measure_requests
from logs.models import Act, ApiToken, Channel, HeldLine, Identity, MailAddress, Membership, NickCount, OptOut, Request
from logs.models.line_counts import ALL_YEARS
from logs.text.plurals import counted

MAX_LISTED_CHANNELS = 50
MAX_FULFILLED_AT_ONCE = 20
"""Requests: what each would erase is measured before."""


@admin.register(Request)
class RequestAdmin(BoundedListAdmin):
    """Privacy requests of people without an account, the most urgent first."""

    list_display = ["nick", "network", "wish", "created_at", "due_at", "is_in_time", "answered_at"]
    list_filter = [("answered_at", admin.EmptyFieldListFilter), "wish", "network"]
    list_select_related = ["network"]
    search_fields = ["nick"]
    readonly_fields = ["network", "nick", "wish", "words", "concerned_lines", "created_at", "due_at", "answered_at"]
    fields = ["network", "nick", "wish", "words", "concerned_lines", "created_at", "due_at", "answer", "answered_at"]
    actions = ["fulfil"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_fulfil_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(["logs.change_request", "logs.add_redaction"])

    @admin.action(description="Fulfil in all channels of the network, and answer", permissions=["fulfil"])
    @requires_confirmation(
        "Erase, anonymise or opt out these nicks on their whole network, as requested, and answer them? What is erased "
        "or gets a pseudonym cannot be brought back.",
        measure=measure_requests,
        max_rows=MAX_FULFILLED_AT_ONCE,
    )
    def fulfil(self, request: HttpRequest, selected: QuerySet[Request]) -> str:
        unanswered = selected.filter(answered_at=None).select_related("network")
        fulfilled = sum(privacy.fulfil_request(privacy_request, actor_name(request)) for privacy_request in unanswered)
        return f"Fulfilled and answered: {counted(fulfilled, 'request')}. The others need a written answer."

    @admin.display(description="lines of this nick")
    def concerned_lines(self, privacy_request: Request) -> str:
        """Links to what the nick said, channel by channel, as the counts of nicks have it."""
        counts = NickCount.objects.filter(
            channel__network=privacy_request.network_id,
            year=ALL_YEARS,
            folded=Func(Value(privacy_request.nick), function="logs_nick"),
        )
        by_channel = counts.values("channel__name").annotate(lines=Sum("said")).filter(lines__gt=0)
        by_channel = by_channel.order_by("-lines", "channel__name")
        query = urlencode({"q": f"nick:{privacy_request.nick}"})
        links = [
            (
                reverse("channel_search", args=[privacy_request.network.name, row["channel__name"]]),
                query,
                f"{counted(row['lines'])} in {row['channel__name']}",
            )
            for row in by_channel[:MAX_LISTED_CHANNELS]
        ]
        if not links:
            return "none is found under this nick"
        links.append(
            (reverse("moderate"), urlencode({"nick": privacy_request.nick}), "all channels, to remove or hold")
        )
        return format_html_join(", ", '<a href="{}?{}">{}</a>', links)

    @admin.display(boolean=True, description="in time")
    def is_in_time(self, privacy_request: Request) -> bool:
        return (privacy_request.answered_at or timezone.now()) <= privacy_request.due_at

    def save_model(self, request: HttpRequest, obj: Request, form: Any, change: bool) -> None:
        obj.answered_at = timezone.now() if obj.answer else None
        super().save_model(request, obj, form, change)


class OptOutForm(forms.ModelForm):  # type: ignore[type-arg]
    channel = ChannelNameField(required=False, help_text="As network/#channel. Empty: all channels of the network.")

    class Meta:
        model = OptOut
        fields = ("network", "channel", "account", "nick")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        channel, network = cleaned.get("channel"), cleaned.get("network")
        if channel and network and channel.network_id != network.pk:
            self.add_error("channel", f"This channel is on {channel.network}, not on {network}.")
        return cleaned


@admin.register(OptOut)
class OptOutAdmin(BoundedListAdmin):
    form = OptOutForm
    list_display = ["account", "nick", "network", "channel", "created_at"]
    list_filter = ["network"]
    list_select_related = ["network", "channel"]
    search_fields = ["account", "nick"]


@admin.register(HeldLine)
class HeldLineAdmin(ReadOnlyAdmin):
    """Lines held back as flood or spam, and delayed lines, which are published without an administrator."""

    list_display = ["at", "channel", "nick", "text", "why", "due_at"]
    list_filter = ["why"]
    list_select_related = ["channel"]
    actions = ["release", "discard"]
    ordering = ["-pk"]

    @admin.action(description="Release", permissions=["act"])
    @requires_confirmation("Release these lines into their logs? Delayed lines stay delayed.", measure=measure_held)
    def release(self, request: HttpRequest, held: QuerySet[HeldLine]) -> str:
        lines = sum(moderation.release_spam(channel, ids, actor_name(request)) for channel, ids in _by_channel(held))
        return f"Released: {counted(lines)}."

    @admin.action(description="Discard permanently", permissions=["act"])
    @requires_confirmation("Discard these lines permanently? Delayed lines stay delayed.", measure=measure_held)
    def discard(self, request: HttpRequest, held: QuerySet[HeldLine]) -> str:
        lines = sum(moderation.discard_spam(channel, ids, actor_name(request)) for channel, ids in _by_channel(held))
        return f"Discarded: {counted(lines)}."

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("logs.delete_heldline")


def _by_channel(held: QuerySet[HeldLine]) -> list[tuple[Channel, list[int]]]:
    """Group the ids of held lines by their channel."""
    rows = list(held.order_by("at", "pk").values_list("channel", "pk"))
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


@admin.register(MailAddress)
class MailAddressAdmin(ReadOnlyAdmin):
    """Mail addresses of owners, who give them on their page; here they can be deleted."""

    list_display = ["address", "identity", "given_at", "confirmed_at", "mailed_at", "problem"]
    list_select_related = ["identity"]
    search_fields = ["^address", "identity__account", "identity__nick"]
    fields = ["address", "identity", "with_memos", "given_at", "confirmed_at", "mailed_at", "failures", "problem"]
    actions = ["delete_addresses"]
    ordering = ["-pk"]

    @admin.action(description="Delete", permissions=["act"])
    @requires_confirmation("Delete these addresses? Their owners get no notices by mail until they give one again.")
    def delete_addresses(self, request: HttpRequest, selected: QuerySet[MailAddress]) -> str:  # noqa: ARG002
        count = sum(mail_addresses.remove_address(row.identity) for row in selected.select_related("identity"))
        return "Deleted the address." if count == 1 else f"Deleted {count:,} addresses."

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("logs.delete_mailaddress")


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """API tokens. The channel's manage page creates them; here all of them can be revoked."""

    list_display = ["name", "channel", "maker", "created_at", "last_used_at"]
    list_select_related = ["channel", "identity", "user"]
    search_fields = ["name"]
    actions = ["revoke"]
    ordering = ["-pk"]

    @admin.action(description="Revoke", permissions=["act"])
    @requires_confirmation("Revoke these tokens? Programs that use them can read no longer.")
    def revoke(self, request: HttpRequest, selected: QuerySet[ApiToken]) -> str:
        tokens = list(selected.select_related("channel"))
        for token in tokens:
            api_tokens.revoke_token(token, actor_name(request))
        return f"Revoked {counted(len(tokens), 'token')}."

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("logs.delete_apitoken")


@admin.register(Act)
class ActAdmin(ReadOnlyAdmin):
    list_display = ["at", "channel", "by", "what"]
    list_select_related = ["channel"]
    search_fields = ["^by"]
