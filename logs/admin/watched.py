"""The administration's lists of log files that `watchlogs` follows; only that command writes them."""

from __future__ import annotations

from django.contrib import admin
from django.utils import timezone

from logs.admin.base import ReadOnlyAdmin
from logs.models import WatchedFile, WatchedPath
from logs.models.watched import WATCH_SILENT_AFTER


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
