"""The section of the owner's page about lines that were said while the log was closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from logs import publication
from logs.localize import plural
from logs.models import Channel
from logs.views.manage.section import InvalidForm, Section, choose_form


class PublishForm(forms.Form):
    periods = forms.TypedMultipleChoiceField(
        label=_("What to publish"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    is_sure = forms.BooleanField(
        label=_("Everybody who may read the log may read these lines, too. This cannot be undone.")
    )

    def __init__(self, channel: Channel, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["periods"].choices = [  # type: ignore[attr-defined]
            (part.period, str(part)) for part in publication.fetch_closed_parts(channel)
        ]


def publish_earlier_lines(request: HttpRequest, channel: Channel, by: str) -> InvalidForm | str:
    form = PublishForm(channel, request.POST)
    if not form.is_valid():
        return form
    count = publication.publish(channel, form.cleaned_data["periods"], by)
    return plural("Published %(count)s line.", "Published %(count)s lines.", count)


def earlier_lines_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:
    form = choose_form(PublishForm, invalid_form, lambda: PublishForm(channel))
    return {"publish_form": form, "has_closed_parts": bool(form.fields["periods"].choices)}  # type: ignore[attr-defined]


EARLIER_LINES = Section(
    "earlier-lines", _("Earlier lines"), earlier_lines_context, {"publish-earlier-lines": publish_earlier_lines}
)
