"""The administration of blocked nicks and texts: a list with what each has refused, and until when it is in force."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from logs.admin.base import BoundedListAdmin, actor_name
from logs.models import Block


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
