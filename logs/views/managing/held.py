"""What waits: floods and spam for an owner's decision, delayed lines for their time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from logs import holding
from logs.models import Channel, HeldLine
from logs.views.managing.section import Section, Wrong

SHOWN = 50


def decide(request: HttpRequest, channel: Channel, by: str) -> str:
    chosen = [int(number) for number in request.POST.getlist("held") if number.isdecimal()] or None
    if "discard" in request.POST:
        return f"{holding.discard_spam(channel, chosen, by)} lines are discarded."
    return f"{holding.release_spam(channel, chosen, by)} lines are released."


def shows(channel: Channel, wrong: Wrong | None) -> Mapping[str, Any]:  # noqa: ARG001
    spam = HeldLine.objects.filter(channel=channel, due_at=None)
    return {
        "spam": spam.order_by("at")[:SHOWN],
        "spam_count": spam.count(),
        "delayed": HeldLine.objects.filter(channel=channel, due_at__isnull=False).count(),
    }


SECTION = Section("held", "Held back", shows, {"spam": decide})
