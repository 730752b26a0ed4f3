"""The section of the owner's page that ends a log: the bot leaves, and the lines may be deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from logs import planned_deletions
from logs.extent import measure_older_lines
from logs.models import Channel, audit_log
from logs.views.manage.section import InvalidForm, Section, choose_form


class LeaveForm(forms.Form):
    name = forms.CharField(max_length=200, label=_("Type the channel's name to confirm"))
    purge = forms.BooleanField(required=False, label=_("Delete its whole log as well"))

    def __init__(self, channel: Channel, *args: object, **kwargs: object) -> None:
        self.channel = channel
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["purge"].help_text = gettext(
            "That is %(extent)s. Hidden from everybody but owners at once, deleted in a day; until then you can undo "
            "it here."
        ) % {"extent": measure_older_lines(channel)}

    def clean_name(self) -> str:
        if self.cleaned_data["name"] != self.channel.name:
            raise forms.ValidationError(gettext("Type %(channel)s.") % {"channel": self.channel.name})
        return self.channel.name


def leave_channel(request: HttpRequest, channel: Channel, by: str) -> InvalidForm | str:
    form = LeaveForm(channel, request.POST)
    if not form.is_valid():
        return form
    if form.cleaned_data["purge"]:
        plan = planned_deletions.plan_purge(channel, by)
        return gettext(
            "The bot leaves the channel. Its log is hidden now and deleted on %(day)s at %(time)s UTC; until then you "
            "can undo it here."
        ) % {"day": f"{plan.due_at:%Y-%m-%d}", "time": f"{plan.due_at:%H:%M}"}
    Channel.objects.filter(pk=channel.pk).update(wanted=False)
    audit_log.record_act(channel, by, "left the channel")
    return gettext("The bot leaves the channel. Its log stays online.")


def undo_deletion(request: HttpRequest, channel: Channel, by: str) -> str:
    number = request.POST.get("planned", "")
    plan_id = int(number) if number.isdecimal() and len(number) < 10 else 0
    if planned_deletions.undo(channel, plan_id, by):
        return gettext("The deletion is undone, and the settings are as they were before.")
    return gettext("Nothing was changed: this deletion was undone or carried out already.")


def leave_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:
    return {"leave_form": choose_form(LeaveForm, invalid_form, lambda: LeaveForm(channel))}


LEAVE = Section("leave", _("Leave"), leave_context, {"leave": leave_channel, "undo-deletion": undo_deletion})
