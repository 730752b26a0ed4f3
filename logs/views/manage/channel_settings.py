"""What owners decide for a channel, on their pages: its settings, what readers see first, and that the bot leaves.

Each section is saved on its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from logs import mail_addresses, planned_deletions
from logs.active_language import in_english
from logs.extent import measure_older_lines
from logs.models import Channel, HeldLine, audit_log
from logs.models.line_counts import lock_counters
from logs.text.markup import find_links
from logs.views.manage.section import InvalidForm, Section, Text, check_zone_name, choose_form, zones_context
from logs.views.manage.versioned_form import VersionedForm


class ReadersForm(VersionedForm):
    class Meta:
        model = Channel
        fields = ("visibility", "hidden", "delay", "indexed", "ai", "conversations")


class RetentionForm(VersionedForm):
    """A form with the limit of days: a shorter one is saved when its reader has seen how many lines it deletes."""

    deletes = forms.BooleanField(required=False, label=_("Delete these lines"))

    def ask_before_deleting(self, given: Mapping[str, Any]) -> None:
        """Make the form invalid if its limit deletes lines and the box `deletes` is not ticked."""
        days, former = given.get("retention"), self.initial.get("retention")
        is_changed = "retention" in self.changed_data and "deletes" not in self.data
        if is_changed and days is not None and (former is None or days < former):
            extent = measure_older_lines(self.instance, timezone.now() - timedelta(days=days))
            if extent.lines:
                self.add_error(
                    "deletes",
                    gettext(
                        "This limit deletes %(extent)s. That is done in a day; until then it can be undone under "
                        "“Leaving”. Nothing is saved yet: tick this and save again."
                    )
                    % {"extent": extent},
                )


class StorageForm(RetentionForm):
    """What is kept."""

    class Meta:
        model = Channel
        fields = ("paused", "keeps_joins", "keeps_restricted", "off_record", "opted_out", "retention", "holds_spam")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The box is on the page only with the number of lines.
        self._confirmation = self.fields.pop("deletes")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        # Asked before the box is there, which is none of the settings.
        if "retention" in self.changed_data:
            self.fields["deletes"] = self._confirmation
            self.ask_before_deleting(given)
            if "deletes" not in self.errors:
                del self.fields["deletes"]
        return given


class BotForm(VersionedForm):
    class Meta:
        model = Channel
        fields = ("answers", "notifies")


class ProgramsForm(VersionedForm):
    """The other programs of the channel."""

    class Meta:
        model = Channel
        fields = ("bots", "bridges")
        labels = {"bots": _("Bots"), "bridges": _("Bridges")}


FORMS: tuple[type[VersionedForm], ...] = (ReadersForm, StorageForm, BotForm)


def change_settings(
    form_classes: tuple[type[VersionedForm], ...], request: HttpRequest, channel: Channel, by: str
) -> InvalidForm | str:
    """Save what was changed in these forms; nothing if one of them is invalid or outdated."""
    with transaction.atomic():
        # Before the channel's row, as writers of lines do: a change of the readers takes this lock, too. Under it the
        # settings that the forms are compared with stay as they are.
        lock_counters({channel.pk})
        current = Channel.objects.select_related("network").get(pk=channel.pk)
        former_retention = current.retention
        sent = [form_class(request.POST, instance=current) for form_class in form_classes]
        for form in sent:
            if not form.is_valid():
                return form
        values = {name: form.cleaned_data[name] for form in sent for name in form.changed_data}
        if not values:
            return gettext("Nothing was changed.")
        # Only the changed columns: the bot writes others, such as the topic, at the same time.
        Channel.objects.filter(pk=channel.pk).update(**values)
        with in_english():
            changed = "; ".join(filter(None, (form.describe_changes() for form in sent)))
        audit_log.record_act(channel, by, f"changed {changed}")
        if "delay" in values:
            # Lines that are delayed already follow the new delay.
            delayed = HeldLine.objects.filter(channel=channel, due_at__isnull=False)
            delayed.update(due_at=F("at") + timedelta(minutes=values["delay"]))
        if "retention" in values:
            planned_deletions.plan_retention(channel, former_retention, by)
    return gettext("Settings saved.")


change_all_settings = partial(change_settings, FORMS)
"""The action of the former form that held all settings, which programs may still send."""


def make_section(name: str, title: Text, form_class: type[VersionedForm]) -> Section:
    """Return a section with one form of settings."""

    def get_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:
        form = choose_form(form_class, invalid_form, lambda: form_class(instance=channel))
        return {f"{name}_form": form, "has_mail": mail_addresses.is_available()}

    return Section(name, title, get_context, {f"change-{name}": partial(change_settings, (form_class,))})


READERS = make_section("readers", _("Who reads"), ReadersForm)
STORAGE = make_section("storage", _("What is kept"), StorageForm)
BOT = make_section("bot", _("The bot"), BotForm)
PROGRAMS = make_section("programs", _("Other bots and bridges"), ProgramsForm)


MAX_LINKS = 10


class LinesField(forms.CharField):
    """A text of several lines, whose line ends are the same whatever a browser sends."""

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "")
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return "\n".join(line.rstrip() for line in lines).strip("\n")


class WelcomeForm(VersionedForm):
    class Meta:
        model = Channel
        fields = ("welcome", "description", "rules", "links", "time_zone")
        labels = {"links": _("Links"), "time_zone": _("Time zone")}
        widgets = {
            "welcome": forms.Textarea(attrs={"rows": 2}),
            "time_zone": forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
            **{name: forms.Textarea(attrs={"rows": 5}) for name in ("description", "rules", "links")},
        }
        field_classes = dict.fromkeys(("welcome", "description", "rules", "links"), LinesField)

    def clean_time_zone(self) -> str:
        return check_zone_name(self.cleaned_data["time_zone"])

    def clean_links(self) -> str:
        text: str = self.cleaned_data["links"]
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) > MAX_LINKS:
            sentence = gettext("These are %(number)s lines; %(most)s links are the most.")
            raise forms.ValidationError(sentence % {"number": len(lines), "most": MAX_LINKS})
        without = next((line for line in lines if not find_links(line)), None)
        if without is not None:
            sentence = gettext("“%(line)s” has no address that begins with https://.")
            raise forms.ValidationError(sentence % {"line": without})
        return "\n".join(lines)


_WELCOME = make_section("welcome", _("What readers see first"), WelcomeForm)


def _welcome_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:
    return {**_WELCOME.get_context(channel, invalid_form), **zones_context()}


WELCOME = replace(_WELCOME, get_context=_welcome_context)


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
