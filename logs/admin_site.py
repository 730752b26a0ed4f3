"""The administration's site: its name, and on its first page what waits for an administrator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from logs.models import BotStatus, HeldLine, Request
from logs.models.bot_status import State
from logs.text.plurals import counted

MAX_COUNTED = 1000
"""What is more is shown as “1000 or more”: counting it all could take longer than the page."""


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """One thing that waits: how many, what they are, and the list that shows them."""

    count: int
    noun: str
    state: str
    url: str

    def __str__(self) -> str:
        count = f"{MAX_COUNTED:,} or more {self.noun}s" if self.count >= MAX_COUNTED else counted(self.count, self.noun)
        return f"{count} {self.state}"


class SiteAdmin(admin.AdminSite):
    index_template = "admin/site_index.html"
    index_title = "Administration"
    # Beside the filters of a list it leaves too little room for the list; the breadcrumbs lead to the first page.
    enable_nav_sidebar = False

    @property
    def site_header(self) -> str:  # type: ignore[override]
        return f"{settings.SITE_NAME} administration"

    site_title = site_header

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {"waiting": list_waiting_work(request), **(extra_context or {})})


def list_waiting_work(request: HttpRequest) -> list[WaitingWork]:
    """Return what waits for those who may see it, the most urgent first; nothing that does not wait."""
    may = request.user.has_perm
    work = []
    if may("logs.view_request"):
        unanswered = Request.objects.filter(answered_at=None)
        url = f"{reverse('admin:logs_request_changelist')}?answered_at__isempty=1"
        overdue = _count(unanswered.filter(due_at__lt=timezone.now()))
        work += [
            WaitingWork(overdue, "privacy request", "overdue", url),
            WaitingWork(_count(unanswered) - overdue, "privacy request", "without an answer", url),
        ]
    if may("logs.view_botstatus"):
        url = reverse("admin:logs_botstatus_changelist")
        networks = BotStatus.objects.filter(channel=None, network__wanted=True).exclude(network__host="")
        refused = BotStatus.objects.filter(channel__wanted=True, network__wanted=True, state=State.REFUSED)
        work += [
            WaitingWork(_count(networks.exclude(state=State.CONNECTED)), "network", "not connected", url),
            WaitingWork(_count(refused), "channel", "where the bot is refused", f"{url}?state__exact={State.REFUSED}"),
        ]
    if may("logs.view_heldline"):
        # Delayed lines are published by themselves.
        held = HeldLine.objects.filter(due_at=None)
        work.append(WaitingWork(_count(held), "line", "held back", reverse("admin:logs_heldline_changelist")))
    return [each for each in work if each.count > 0]


def _count(rows: QuerySet[Any]) -> int:
    return len(rows.values_list("pk")[:MAX_COUNTED])
