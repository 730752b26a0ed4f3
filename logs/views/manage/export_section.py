"""Taking the log along: which format, which days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta, tzinfo
from typing import Any

from django import forms

from logs.export import WRITERS, Export, day_start
from logs.formats.clock import zone_named
from logs.models import Channel
from logs.views.manage.section import InvalidForm, Section, choose_form

_WHAT = {"jsonl": "JSON Lines: everything, to be imported again", "znc": "ZNC, a file a day, zipped"}


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        choices=[(name, _WHAT.get(name, known.title)) for name, known in WRITERS.items()][::-1], initial="jsonl"
    )
    since = forms.DateField(
        required=False, label="From day", help_text="For example 2026-01-31. Empty: from the first."
    )
    until = forms.DateField(required=False, label="Until day", help_text="That day included. Empty: until the last.")
    timezone = forms.CharField(
        max_length=50, initial="UTC", label="Time zone", help_text="Of days, and of times that tell none."
    )

    def clean_timezone(self) -> tzinfo:
        try:
            return zone_named(self.cleaned_data["timezone"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            raise forms.ValidationError("The first day is after the last one.")

    @property
    def told(self) -> str:
        """What was exported, for the list of acts."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        days = f" from {since or 'the first day'} until {until or 'the last'}" if since or until else ""
        return f"the log as {self.cleaned_data['format']}{days}"

    def export(self, between: Callable[[], object]) -> Export:
        given = self.cleaned_data
        zone = given["timezone"]
        after = given["until"] + timedelta(days=1) if given["until"] else None
        return Export(WRITERS[given["format"]], zone, day_start(given["since"], zone), day_start(after, zone), between)


def export_context(channel: Channel, wrong: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {"export_form": choose_form(ExportForm, wrong, ExportForm)}


EXPORT = Section("export", "Export", export_context)
