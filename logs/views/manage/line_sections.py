"""Lines on the owner's page: held floods and spam to release or discard, and stored lines to remove or anonymise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Max, Min
from django.http import HttpRequest

from logs import moderation, privacy
from logs.extent import Extent, measure_lines, measure_speaker
from logs.models import Channel, HeldLine
from logs.privacy import Speaker
from logs.text.names import fold, fold_account
from logs.text.plurals import counted
from logs.views.manage.line_numbers import parse_lines
from logs.views.manage.section import InvalidForm, Section, choose_form

MAX_HELD_LINES = 50


def release_or_discard(request: HttpRequest, channel: Channel, by: str) -> str:
    chosen = [int(number) for number in request.POST.getlist("held") if number.isdecimal() and len(number) < 19]
    if "release_all" in request.POST:
        return f"Released {counted(moderation.release_spam(channel, None, by))}."
    if not chosen:
        return "Nothing was changed: no line was selected."
    if "discard" in request.POST:
        return f"Discarded {counted(moderation.discard_spam(channel, chosen, by))}."
    return f"Released {counted(moderation.release_spam(channel, chosen, by))}."


def discard_all(request: HttpRequest, channel: Channel, by: str) -> str:
    if "sure" not in request.POST:
        return "Nothing was discarded: please tick the box to confirm."
    return f"Discarded {counted(moderation.discard_spam(channel, None, by))}."


def held_lines_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    spam = HeldLine.objects.filter(channel=channel, due_at=None)
    return {
        "spam": spam.order_by("at")[:MAX_HELD_LINES],
        "spam_count": spam.count(),
        "spam_days": spam.aggregate(first=Min("at"), last=Max("at")),
        "delayed": HeldLine.objects.filter(channel=channel, due_at__isnull=False).count(),
    }


HELD_LINES = Section("held", "Held lines", held_lines_context, {"spam": release_or_discard, "discard-all": discard_all})


class RemovalForm(forms.Form):
    """Selects lines by their numbers, or all lines of an account or a nick.

    Sent without `sure` it is invalid and says how many lines it would change, and of which days.
    """

    lines = forms.CharField(
        max_length=2000,
        required=False,
        help_text="Links of lines, or their numbers, separated by blanks. A click on a line’s time shows its link.",
    )
    account = forms.CharField(max_length=100, required=False)
    nick = forms.CharField(max_length=100, required=False)
    why = forms.CharField(max_length=200, required=False, label="Reason")
    how = forms.ChoiceField(
        choices=[("remove", "remove permanently"), ("anonymise", "replace the name with a pseudonym")]
    )
    sure = forms.BooleanField(
        required=False,
        label="I understand that this cannot be undone.",
        help_text="Leave it empty to see first how many lines it would be.",
    )
    channel: Channel | None = None
    """The channel, where it is not a field."""

    def clean_lines(self) -> list[int]:
        return parse_lines(self.cleaned_data["lines"], self.cleaned_data.get("channel") or self.channel)

    def clean(self) -> None:
        given = [name for name in ("lines", "account", "nick") if self.cleaned_data.get(name)]
        if len(given) != 1 and not self.errors:
            raise forms.ValidationError("Enter either lines, an account or a nick.")
        if given == ["lines"] and self.cleaned_data.get("how") == "anonymise":
            raise forms.ValidationError("A pseudonym needs an account or a nick.")
        channel = self.cleaned_data.get("channel") or self.channel
        if channel and not self.errors and not self.cleaned_data.get("sure"):
            extent = measure_removal(channel, self.cleaned_data)
            act = "Changes the name in" if self.cleaned_data["how"] == "anonymise" else "Removes"
            self.add_error("sure", f"{act} {extent}. Nothing is done yet: tick this to do it.")


def remove_lines(request: HttpRequest, channel: Channel, by: str) -> InvalidForm | str:
    form = RemovalForm(request.POST)
    form.channel = channel
    if not form.is_valid():
        return form
    return apply_removal(channel, form.cleaned_data, by)


def measure_removal(channel: Channel, given: Mapping[str, Any]) -> Extent:
    if given["lines"]:
        return measure_lines(channel, given["lines"])
    speaker = _speaker_in(channel, given)
    return measure_speaker(channel, speaker, with_pseudonym=given["how"] == "remove")


def _speaker_in(channel: Channel, given: Mapping[str, Any]) -> Speaker:
    return Speaker(fold_account(given["account"]), fold(given["nick"], channel.network.casemapping))


def apply_removal(channel: Channel, given: Mapping[str, Any], by: str) -> str:
    """Remove or anonymise what a valid RemovalForm selects; return a message for the page."""
    speaker = _speaker_in(channel, given)
    if given["lines"]:
        return f"Permanently removed {counted(privacy.redact(channel, given['lines'], by, given['why']))}."
    if given["how"] == "remove":
        return f"Permanently removed {counted(privacy.erase(channel.network, speaker, by, channel))}."
    return f"Replaced the name in {counted(privacy.anonymise(channel.network, speaker, by, channel))}."


def removal_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {"lines_form": choose_form(RemovalForm, invalid_form, RemovalForm)}


REMOVE_LINES = Section("lines", "Remove lines", removal_context, {"lines": remove_lines})
