"""A channel's settings on the owner's page, in three sections that are saved on their own."""

from __future__ import annotations

from collections.abc import Mapping
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
from logs.models.line_counter import lock_counters
from logs.views.manage.section import InvalidForm, Section, Text, choose_form
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
