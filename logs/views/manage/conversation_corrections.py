"""Corrections on the page of a conversation, for owners: this line does not belong here, that one does."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from logs.conversations import decisions
from logs.models import Channel
from logs.views.manage.owner_page import for_owners, name_actor
from logs.views.manage.section import NOT_A_LINE, parse_line


class CorrectionForm(forms.Form):
    """One correction: `line` is cut off, or answers the line `answered`, or gets its found answer again."""

    act = forms.ChoiceField(
        choices=[("cut", "cut"), ("join", "join"), ("undo", "undo")],
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("There is no such correction.")),
    )
    line = forms.CharField(max_length=1000, error_messages={"required": NOT_A_LINE})
    answered = forms.CharField(max_length=1000, required=False)

    def __init__(self, channel: Channel, *args: Any) -> None:
        self.channel = channel
        super().__init__(*args)

    def clean_line(self) -> int:
        return parse_line(self.cleaned_data["line"], self.channel)

    def clean_answered(self) -> int | None:
        text = self.cleaned_data["answered"]
        return parse_line(text, self.channel) if text else None

    def clean(self) -> None:
        if self.cleaned_data.get("act") == "join" and not self.cleaned_data.get("answered") and not self.errors:
            raise forms.ValidationError(NOT_A_LINE)


@for_owners
@require_POST
def correct_conversation(request: HttpRequest, channel: Channel, number: int) -> HttpResponseBase:
    """Make the correction of one of the forms on the conversation's page, and return there with what became of it."""
    form = CorrectionForm(channel, request.POST)
    shown = number
    if not channel.conversations:
        sentence = gettext("Nothing was changed: %(channel)s shows no conversations.")
        messages.error(request, sentence % {"channel": channel.name})
    elif not form.is_valid():
        messages.error(request, _refusal(next(iter(form.errors.values()))[0]))
    else:
        try:
            message, shown = _apply(channel, form, name_actor(request))
            messages.success(request, message)
        except decisions.DecisionError as error:
            messages.error(request, _refusal(error))
    url = reverse("conversation", args=[channel.network.name, channel.name, shown])
    return redirect(f"{url}#corrections")


def _refusal(why: object) -> str:
    return gettext("Nothing was changed. %(why)s") % {"why": why}


def _apply(channel: Channel, form: CorrectionForm, by: str) -> tuple[str, int]:
    """Return a message and the line whose conversation is shown next."""
    line, answered = form.cleaned_data["line"], form.cleaned_data["answered"]
    match form.cleaned_data["act"]:
        case "cut":
            decisions.cut_line(channel, line, by)
            return gettext("Line %(line)s begins a conversation of its own.") % {"line": line}, line
        case "join":
            decisions.join_line(channel, line, answered, by)
            message = gettext("Line %(line)s answers line %(answered)s.")
            return message % {"line": line, "answered": answered}, answered
        case _:
            decisions.undo_decision(channel, line, by)
            message = gettext("The answer of line %(line)s is left to the program again.")
            return message % {"line": line}, line
