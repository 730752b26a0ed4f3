"""The end: the bot leaves, and the log goes or stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest

from logs import retention
from logs.models import Channel, audit_log
from logs.text.plurals import counted
from logs.views.manage.section import Section, Wrong, form_or


class LeaveForm(forms.Form):
    name = forms.CharField(max_length=200, label="The channel's name, to be sure")
    purge = forms.BooleanField(required=False, label="Delete its whole log as well. This cannot be undone.")

    def __init__(self, channel: Channel, *args: object, **kwargs: object) -> None:
        self.channel = channel
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def clean_name(self) -> str:
        if self.cleaned_data["name"] != self.channel.name:
            raise forms.ValidationError(f"Write {self.channel.name}.")
        return self.channel.name


def leave(request: HttpRequest, channel: Channel, by: str) -> Wrong | str:
    form = LeaveForm(channel, request.POST)
    if not form.is_valid():
        return form
    if form.cleaned_data["purge"]:
        return f"The bot leaves; gone for good: {counted(retention.purge(channel, by))}."
    Channel.objects.filter(pk=channel.pk).update(wanted=False)
    audit_log.record_act(channel, by, "left the channel")
    return "The bot leaves the channel; its log stays."


def shows(channel: Channel, wrong: Wrong | None) -> Mapping[str, Any]:
    return {"leave_form": form_or(LeaveForm, wrong, lambda: LeaveForm(channel))}


SECTION = Section("leave", "Leave", shows, {"leave": leave})
