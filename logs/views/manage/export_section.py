"""The export section of the owner's page: format, days and time zone of the download."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from logs.export import WRITERS, Export, day_start
from logs.models import Channel
from logs.views.manage.form_fields import TimeZoneField, zones_context
from logs.views.manage.section import InvalidForm, Section, choose_form

_DESCRIPTIONS = {"jsonl": _("JSON Lines: complete, can be imported again"), "znc": _("ZNC: one file a day, zipped")}


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        label=_("Format"),
        choices=[(name, _DESCRIPTIONS.get(name, known.title)) for name, known in WRITERS.items()][::-1],
        initial="jsonl",
    )
    since = forms.DateField(
        required=False, label=_("From day"), help_text=_("For example 2026-01-31. Empty: from the first day.")
    )
    until = forms.DateField(required=False, label=_("Until day"), help_text=_("Inclusive. Empty: to the last day."))
    timezone = TimeZoneField(initial="UTC", help_text=_("For the days, and formats without a zone."))

    def clean(self) -> None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            raise forms.ValidationError(_("The first day is after the last one."))

    @property
    def description(self) -> str:
        """What was exported, for the audit log."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        days = f" from {since or 'the first day'} until {until or 'the last'}" if since or until else ""
        return f"the log as {self.cleaned_data['format']}{days}"

    def export(self) -> Export:
        cleaned = self.cleaned_data
        zone = cleaned["timezone"]
        after = cleaned["until"] + timedelta(days=1) if cleaned["until"] else None
        return Export(WRITERS[cleaned["format"]], zone, day_start(cleaned["since"], zone), day_start(after, zone))


def export_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {"export_form": choose_form(ExportForm, invalid_form, ExportForm), **zones_context()}


EXPORT = Section("export", _("Export"), export_context)
