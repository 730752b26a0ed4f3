"""The section of the owner's page about the notice: how people in the channel learn that it is publicly logged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from logs.accounts import ownership
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
