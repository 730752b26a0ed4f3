"""A channel's settings on the owner's page, and its last section: the end of the log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from logs import retention
from logs.models import Channel, HeldLine, audit_log
from logs.text.plurals import counted
from logs.views.manage.section import InvalidForm, Section, choose_form

GROUPS = {
    "Readers": ("visibility", "hidden", "delay", "indexed", "ai"),
    "Storage": ("paused", "keeps_joins", "off_record", "opted_out", "retention", "holds_spam"),
    "The bot": ("answers",),
}


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Channel
        fields = tuple(name for names in GROUPS.values() for name in names)

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in GROUPS.items()]


def change_settings(request: HttpRequest, channel: Channel, by: str) -> InvalidForm | str:
    form = SettingsForm(request.POST, instance=channel)
    if not form.is_valid():
        return form
    if not form.changed_data:
        return "Nothing was changed."
    with transaction.atomic():
        # Only the changed columns: the bot writes others, such as the topic, at the same time.
        Channel.objects.filter(pk=channel.pk).update(**{name: form.cleaned_data[name] for name in form.changed_data})
        changed = [f"{name} = {form.cleaned_data[name]}" for name in form.changed_data]
        audit_log.record_act(channel, by, f"changed {', '.join(changed)}")
        if "delay" in form.changed_data:
            # Lines that are delayed already follow the new delay.
            delayed = HeldLine.objects.filter(channel=channel, due_at__isnull=False)
            delayed.update(due_at=F("at") + timedelta(minutes=form.cleaned_data["delay"]))
    return "Settings saved."


def settings_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:
    return {"settings_form": choose_form(SettingsForm, invalid_form, lambda: SettingsForm(instance=channel))}


SETTINGS = Section("settings", "Settings", settings_context, {"change": change_settings})


class LeaveForm(forms.Form):
    name = forms.CharField(max_length=200, label="Type the channel's name to confirm")
    purge = forms.BooleanField(required=False, label="Delete its whole log as well. This cannot be undone.")

    def __init__(self, channel: Channel, *args: object, **kwargs: object) -> None:
        self.channel = channel
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def clean_name(self) -> str:
        if self.cleaned_data["name"] != self.channel.name:
            raise forms.ValidationError(f"Type {self.channel.name}.")
        return self.channel.name


def leave_channel(request: HttpRequest, channel: Channel, by: str) -> InvalidForm | str:
    form = LeaveForm(channel, request.POST)
    if not form.is_valid():
        return form
    if form.cleaned_data["purge"]:
        return f"The bot leaves the channel. Deleted {counted(retention.purge(channel, by))}."
    Channel.objects.filter(pk=channel.pk).update(wanted=False)
    audit_log.record_act(channel, by, "left the channel")
    return "The bot leaves the channel. Its log stays online."


def leave_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:
    return {"leave_form": choose_form(LeaveForm, invalid_form, lambda: LeaveForm(channel))}


LEAVE = Section("leave", "Leave", leave_context, {"leave": leave_channel})
