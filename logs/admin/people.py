"""The administration of people: requests with their deadlines, opt-outs, identities, held lines and the list of acts.

Lists stay fast whatever the size of a table: nothing is counted beyond MOST rows, and every filter has an index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

from logs import moderation, privacy
from logs.accounts import api_tokens, ownership
from logs.admin.confirmation import requires_confirmation
from logs.models import Act, ApiToken, Channel, HeldLine, Identity, Membership, OptOut, Request, audit_log
from logs.models.channel import LoggingNotice
from logs.text.plurals import counted

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

MAX_COUNTED_ROWS = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than MOST rows: a full count of a large table takes longer than the page."""

    @cached_property
    def count(self) -> int:
        return len(self.object_list.values_list("pk")[:MAX_COUNTED_ROWS])  # type: ignore[attr-defined]


class BoundedListAdmin(ModelAdmin):
    show_full_result_count = False
    paginator = BoundedPaginator


class ReadOnlyAdmin(BoundedListAdmin):
    """A list to look at: only acts elsewhere write these rows."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A channel whose topic does not tell of logging can be approved by hand, with a reason."""

    reason = forms.CharField(
        required=False, help_text="Why it may be public without a notice. Stands in the list of acts."
    )

    class Meta:
        model = Channel
        fields = "__all__"  # noqa: DJ007  (the administration's)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        was_missing = self.instance.notice == LoggingNotice.MISSING if self.instance.pk else given.get("wanted")
        if was_missing and given.get("notice") == LoggingNotice.UNNEEDED and not given.get("reason"):
            self.add_error("reason", "Say why people know that they are logged.")
        return given


def actor_name(request: HttpRequest) -> str:
    return f"administrator {request.user.get_username()}"


def save_channel_changes(request: HttpRequest, channel: Channel, form: Any) -> None:
    """Saves what was changed, and nothing that the bot may have written meanwhile; the list of acts tells of it."""
    changed = [name for name in form.changed_data if name != "reason"]
    if not changed:
        return
    channel.save(update_fields=[*changed, "folded"])
    if form.cleaned_data.get("reason"):
        ownership.approve_without_notice(channel, actor_name(request), form.cleaned_data["reason"])
    secret = {"key"}
    told = [name if name in secret else f"{name} = {form.cleaned_data[name]}" for name in changed]
    audit_log.record_act(channel, actor_name(request), f"changed {', '.join(told)}")


def add_channel(request: HttpRequest, channel: Channel, form: Any) -> None:
    channel.save()
    reason = form.cleaned_data.get("reason")
    audit_log.record_act(channel, actor_name(request), f"added the channel{f': {reason}' if reason else ''}")


@admin.register(Request)
class RequestAdmin(BoundedListAdmin):
    """The queue of those who have no account, the most urgent first."""

    list_display = ["nick", "network", "wish", "created_at", "due_at", "is_late", "answered_at"]
    list_filter = [("answered_at", admin.EmptyFieldListFilter), "wish", "network"]
    list_select_related = ["network"]
    search_fields = ["nick"]
    readonly_fields = ["network", "nick", "wish", "words", "created_at", "due_at", "answered_at"]

    actions = ["fulfil"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_fulfil_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(["logs.change_request", "logs.add_redaction"])

    @admin.action(description="Do what is asked, in all channels of the network, and answer", permissions=["fulfil"])
    @requires_confirmation(
        "Erase, anonymise or opt out these nicks on their whole network, as they ask, and answer them?"
    )
    def fulfil(self, request: HttpRequest, asked: QuerySet[Request]) -> str:
        open_requests = asked.filter(answered_at=None).select_related("network")
        done = sum(privacy.fulfil_request(one, actor_name(request)) for one in open_requests)
        return f"Done and answered: {counted(done, 'request')}. The others need an answer in words."

    @admin.display(boolean=True, description="in time")
    def is_late(self, asked: Request) -> bool:
        return (asked.answered_at or timezone.now()) <= asked.due_at

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
    """What was held back as flood or spam; delayed lines are listed too and publish themselves."""

    list_display = ["at", "channel", "nick", "text", "why", "due_at"]
    list_filter = ["why"]
    list_select_related = ["channel"]
    actions = ["release", "discard"]
    ordering = ["-pk"]

    @admin.action(description="Release", permissions=["act"])
    @requires_confirmation("Release these lines into their logs? Those that wait for their time go on waiting.")
    def release(self, request: HttpRequest, held: QuerySet[HeldLine]) -> str:
        done = sum(moderation.release_spam(channel, ids, actor_name(request)) for channel, ids in _by_channel(held))
        return f"Released: {counted(done)}."

    @admin.action(description="Discard for good", permissions=["act"])
    @requires_confirmation("Discard these lines for good? Those that wait for their time go on waiting.")
    def discard(self, request: HttpRequest, held: QuerySet[HeldLine]) -> str:
        done = sum(moderation.discard_spam(channel, ids, actor_name(request)) for channel, ids in _by_channel(held))
        return f"Discarded: {counted(done)}."

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("logs.delete_heldline")


def _by_channel(held: QuerySet[HeldLine]) -> list[tuple[Channel, list[int]]]:
    chosen = list(held.values_list("channel", "pk"))
    channels = Channel.objects.filter(pk__in={channel for channel, _ in chosen})
    return [(channel, [pk for of, pk in chosen if of == channel.pk]) for channel in channels]


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    list_display = ["nick", "account", "network", "proven_at", "signed_out_at"]
    list_filter = ["network"]
    list_select_related = ["network"]
    search_fields = ["account", "nick"]
    ordering = ["-pk"]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Owners and members with their evidence; they are changed on the channel's manage page."""

    list_display = ["channel", "identity", "role", "evidence", "created_at"]
    list_filter = ["role"]
    list_select_related = ["channel", "identity"]
    search_fields = ["identity__account", "identity__nick"]
    ordering = ["-pk"]


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens are made on the channel's manage page; here any can be revoked."""

    list_display = ["name", "channel", "maker", "created_at", "last_used_at"]
    list_select_related = ["channel", "identity", "user"]
    search_fields = ["name"]
    actions = ["revoke"]
    ordering = ["-pk"]

    @admin.action(description="Revoke", permissions=["act"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiToken]) -> None:
        for token in chosen.select_related("channel"):
            api_tokens.revoke_token(token, actor_name(request))

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("logs.delete_apitoken")


@admin.register(Act)
class ActAdmin(ReadOnlyAdmin):
    list_display = ["at", "channel", "by", "what"]
    list_select_related = ["channel"]
    search_fields = ["^by"]
