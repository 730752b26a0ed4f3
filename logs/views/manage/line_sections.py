"""Lines on the owner's page: held floods and spam to release or discard, and stored lines to remove or anonymise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest

from logs import moderation, privacy
from logs.models import Channel, HeldLine
from logs.privacy import Speaker
from logs.text.names import fold, fold_account
from logs.text.plurals import counted
from logs.views.manage.section import InvalidForm, Section, choose_form

MAX_HELD_LINES = 50


def release_or_discard(request: HttpRequest, channel: Channel, by: str) -> str:
    chosen = [int(number) for number in request.POST.getlist("held") if number.isdecimal()] or None
    if "discard" in request.POST:
        return f"Discarded {counted(moderation.discard_spam(channel, chosen, by))}."
    return f"Released {counted(moderation.release_spam(channel, chosen, by))}."


def held_lines_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    spam = HeldLine.objects.filter(channel=channel, due_at=None)
    return {
        "spam": spam.order_by("at")[:MAX_HELD_LINES],
        "spam_count": spam.count(),
        "delayed": HeldLine.objects.filter(channel=channel, due_at__isnull=False).count(),
    }


HELD_LINES = Section("held", "Held lines", held_lines_context, {"spam": release_or_discard})


class RemovalForm(forms.Form):
    """Selects lines by their numbers, or all lines of an account or a nick."""

    lines = forms.CharField(max_length=2000, required=False, help_text="Numbers from permalinks, separated by blanks.")
    account = forms.CharField(max_length=100, required=False)
    nick = forms.CharField(max_length=100, required=False)
    why = forms.CharField(max_length=200, required=False, label="Reason")
    how = forms.ChoiceField(
        choices=[("remove", "remove permanently"), ("anonymise", "replace the name with a pseudonym")]
    )
    sure = forms.BooleanField(label="I understand that this cannot be undone.")

    def clean_lines(self) -> list[int]:
        words = self.cleaned_data["lines"].replace(",", " ").split()
        if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
            raise forms.ValidationError("Enter line numbers, separated by blanks.")
        return [int(word) for word in words]

    def clean(self) -> None:
        given = [name for name in ("lines", "account", "nick") if self.cleaned_data.get(name)]
        if len(given) != 1 and not self.errors:
            raise forms.ValidationError("Enter either line numbers, an account or a nick.")
        if given == ["lines"] and self.cleaned_data.get("how") == "anonymise":
            raise forms.ValidationError("A pseudonym needs an account or a nick.")


def remove_lines(request: HttpRequest, channel: Channel, by: str) -> InvalidForm | str:
    form = RemovalForm(request.POST)
    if not form.is_valid():
        return form
    return apply_removal(channel, form.cleaned_data, by)


def apply_removal(channel: Channel, given: Mapping[str, Any], by: str) -> str:
    """Remove or anonymise what a valid RemovalForm selects; return a message for the page."""
    casemapping = channel.network.casemapping
    speaker = Speaker(fold_account(given["account"]), fold(given["nick"], casemapping))
    if given["lines"]:
        return f"Permanently removed {counted(privacy.redact(channel, given['lines'], by, given['why']))}."
    if given["how"] == "remove":
        return f"Permanently removed {counted(privacy.erase(channel.network, speaker, by, channel))}."
    return f"Replaced the name in {counted(privacy.anonymise(channel.network, speaker, by, channel))}."


def removal_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {"lines_form": choose_form(RemovalForm, invalid_form, RemovalForm)}


REMOVE_LINES = Section("lines", "Remove lines", removal_context, {"lines": remove_lines})
