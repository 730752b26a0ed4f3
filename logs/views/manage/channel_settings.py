"""What is kept of a channel, who reads it, and what the bot may say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from logs.models import Channel, HeldLine, audit_log
from logs.views.manage.section import Section, Wrong, form_or

GROUPS = {
    "Who reads it": ("visibility", "hidden", "delay", "indexed", "ai"),
    "What is kept": ("paused", "keeps_joins", "off_record", "opted_out", "retention", "holds_spam"),
    "The bot": ("answers",),
}


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Channel
        fields = tuple(name for names in GROUPS.values() for name in names)

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in GROUPS.items()]


def change(request: HttpRequest, channel: Channel, by: str) -> Wrong | str:
    form = SettingsForm(request.POST, instance=channel)
    if not form.is_valid():
        return form
    if not form.changed_data:
        return "Nothing was changed."
    with transaction.atomic():
        # Only what was changed: the topic and the like are the bot's to write.
        Channel.objects.filter(pk=channel.pk).update(**{name: form.cleaned_data[name] for name in form.changed_data})
        changed = [f"{name} = {form.cleaned_data[name]}" for name in form.changed_data]
        audit_log.record_act(channel, by, f"changed {', '.join(changed)}")
        if "delay" in form.changed_data:
            delayed = HeldLine.objects.filter(channel=channel, due_at__isnull=False)
            delayed.update(due_at=F("at") + timedelta(minutes=form.cleaned_data["delay"]))
    return "The settings are saved."


def shows(channel: Channel, wrong: Wrong | None) -> Mapping[str, Any]:
    return {"settings_form": form_or(SettingsForm, wrong, lambda: SettingsForm(instance=channel))}


SECTION = Section("settings", "Settings", shows, {"change": change})
