"""Sections about a channel's lines: those that are held back, those to remove, and the download of the log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Max, Min
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from logs import moderation, privacy
from logs.export import WRITERS, Export, day_start
from logs.extent import Extent, measure_lines, measure_speaker
from logs.localize import plural
from logs.models import Channel, HeldLine
from logs.privacy import Speaker
from logs.text.names import fold, fold_account
from logs.views.manage.section import InvalidForm, Section, TimeZoneField, choose_form, parse_lines, zones_context

MAX_HELD_LINES = 50


def release_or_discard(request: HttpRequest, channel: Channel, by: str) -> str:
    chosen = [int(number) for number in request.POST.getlist("held") if number.isdecimal() and len(number) < 19]
    if "release_all" in request.POST:
        return _released(moderation.release_spam(channel, None, by))
    if not chosen:
        return gettext("Nothing was changed: no line was selected.")
    if "discard" in request.POST:
        return _discarded(moderation.discard_spam(channel, chosen, by))
    return _released(moderation.release_spam(channel, chosen, by))


def _released(count: int) -> str:
    return plural("Released %(count)s line.", "Released %(count)s lines.", count)


def _discarded(count: int) -> str:
    return plural("Discarded %(count)s line.", "Discarded %(count)s lines.", count)


def discard_all(request: HttpRequest, channel: Channel, by: str) -> str:
    if "sure" not in request.POST:
        return gettext("Nothing was discarded: please tick the box to confirm.")
    return _discarded(moderation.discard_spam(channel, None, by))


def held_lines_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    spam = HeldLine.objects.filter(channel=channel, due_at=None)
    return {
        "spam": spam.order_by("at")[:MAX_HELD_LINES],
        "spam_count": spam.count(),
        "spam_days": spam.aggregate(first=Min("at"), last=Max("at")),
        "delayed": HeldLine.objects.filter(channel=channel, due_at__isnull=False).count(),
    }


HELD_LINES = Section(
    "held", _("Held lines"), held_lines_context, {"spam": release_or_discard, "discard-all": discard_all}
)


class RemovalForm(forms.Form):
    """Selects lines by their numbers, or all lines of an account or a nick.

    Sent without `sure` it is invalid and says how many lines it would change, and of which days.
    """

    lines = forms.CharField(
        label=_("Lines"),
        max_length=2000,
        required=False,
        help_text=_("Links of lines, or their numbers, separated by blanks. A click on a line’s time shows its link."),
    )
    account = forms.CharField(label=_("Account"), max_length=100, required=False)
    nick = forms.CharField(label=_("Nick"), max_length=100, required=False)
    why = forms.CharField(max_length=200, required=False, label=_("Reason"))
    how = forms.ChoiceField(
        label=_("How"),
        choices=[("remove", _("remove permanently")), ("anonymise", _("replace the name with a pseudonym"))],
    )
    sure = forms.BooleanField(
        required=False,
        label=_("I understand that this cannot be undone."),
        help_text=_("Leave it empty to see first how many lines it would be."),
    )
    channel: Channel | None = None
    """The channel, where it is not a field."""

    def clean_lines(self) -> list[int]:
        return parse_lines(self.cleaned_data["lines"], self.cleaned_data.get("channel") or self.channel)

    def clean(self) -> None:
        chosen = [name for name in ("lines", "account", "nick") if self.cleaned_data.get(name)]
        if len(chosen) != 1 and not self.errors:
            raise forms.ValidationError(_("Enter either lines, an account or a nick."))
        if chosen == ["lines"] and self.cleaned_data.get("how") == "anonymise":
            raise forms.ValidationError(_("A pseudonym needs an account or a nick."))
        channel = self.cleaned_data.get("channel") or self.channel
        if channel and not self.errors and not self.cleaned_data.get("sure"):
            extent = measure_removal(channel, self.cleaned_data)
            if self.cleaned_data["how"] == "anonymise":
                sentence = gettext("Changes the name in %(extent)s. Nothing is done yet: tick this to do it.")
            else:
                sentence = gettext("Removes %(extent)s. Nothing is done yet: tick this to do it.")
            self.add_error("sure", sentence % {"extent": extent})


def remove_lines(request: HttpRequest, channel: Channel, by: str) -> InvalidForm | str:
    form = RemovalForm(request.POST)
    form.channel = channel
    if not form.is_valid():
        return form
    return apply_removal(channel, form.cleaned_data, by)


def measure_removal(channel: Channel, cleaned: Mapping[str, Any]) -> Extent:
    if cleaned["lines"]:
        return measure_lines(channel, cleaned["lines"])
    speaker = _speaker_in(channel, cleaned)
    return measure_speaker(channel, speaker, with_pseudonym=cleaned["how"] == "remove")


def _speaker_in(channel: Channel, cleaned: Mapping[str, Any]) -> Speaker:
    return Speaker(fold_account(cleaned["account"]), fold(cleaned["nick"], channel.network.casemapping))


def apply_removal(channel: Channel, cleaned: Mapping[str, Any], by: str) -> str:
    """Remove or anonymise what a valid RemovalForm selects; return a message for the page."""
    speaker = _speaker_in(channel, cleaned)
    if cleaned["lines"]:
        return _removed(privacy.redact(channel, cleaned["lines"], by, cleaned["why"]))
    if cleaned["how"] == "remove":
        return _removed(privacy.erase(channel.network, speaker, by, channel))
    changed = privacy.anonymise(channel.network, speaker, by, channel)
    return plural("Replaced the name in %(count)s line.", "Replaced the name in %(count)s lines.", changed)


def _removed(count: int) -> str:
    return plural("Permanently removed %(count)s line.", "Permanently removed %(count)s lines.", count)


def removal_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {"lines_form": choose_form(RemovalForm, invalid_form, RemovalForm)}


REMOVE_LINES = Section("lines", _("Remove lines"), removal_context, {"lines": remove_lines})


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
