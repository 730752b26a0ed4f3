"""Sections of the owner's pages about readers: the notice that a log is public, and lines from when it was closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from logs import publication
from logs.accounts import ownership
from logs.localize import plural
from logs.models import Channel
from logs.views.manage.section import InvalidForm, Section, choose_form


class ConfirmNoticeForm(forms.Form):
    is_told = forms.BooleanField(label=_("Everybody in the channel is told that what they say is public"))


def confirm_notice(request: HttpRequest, channel: Channel, by: str) -> InvalidForm | str:
    form = ConfirmNoticeForm(request.POST)
    if not form.is_valid():
        return form
    ownership.confirm_notice(channel, by)
    return gettext("Confirmed: the log is open to the readers that you chose.")


def withdraw_notice(request: HttpRequest, channel: Channel, by: str) -> str:  # noqa: ARG001
    ownership.withdraw_notice(channel, by)
    return gettext("Confirmation withdrawn: the topic alone decides from now on.")


def notice_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {"notice_form": choose_form(ConfirmNoticeForm, invalid_form, ConfirmNoticeForm)}


NOTICE = Section(
    "notice", _("Notice"), notice_context, {"confirm-notice": confirm_notice, "withdraw-notice": withdraw_notice}
)


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
