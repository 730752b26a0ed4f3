"""What waits: floods and spam for an owner's decision, delayed lines for their time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from logs import moderation
from logs.models import Channel, HeldLine
from logs.text.plurals import counted
from logs.views.manage.section import Section, Wrong

SHOWN = 50


def decide(request: HttpRequest, channel: Channel, by: str) -> str:
    chosen = [int(number) for number in request.POST.getlist("held") if number.isdecimal()] or None
    if "discard" in request.POST:
        return f"Discarded: {counted(moderation.discard_spam(channel, chosen, by))}."
    return f"Released: {counted(moderation.release_spam(channel, chosen, by))}."


def shows(channel: Channel, wrong: Wrong | None) -> Mapping[str, Any]:  # noqa: ARG001
    spam = HeldLine.objects.filter(channel=channel, due_at=None)
    return {
        "spam": spam.order_by("at")[:SHOWN],
        "spam_count": spam.count(),
        "delayed": HeldLine.objects.filter(channel=channel, due_at__isnull=False).count(),
    }


SECTION = Section("held", "Held back", shows, {"spam": decide})
