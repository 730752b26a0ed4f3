"""Who may read and manage a channel, on the owner's pages.

Owners and members, the secret link, API tokens; the notice that a log is public, and lines from when it was closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from logs import publication
from logs.accounts import ownership
from logs.accounts.api_tokens import TokenError, create_token, revoke_token
from logs.localize import plural
from logs.models import Channel
from logs.models.people import Role
from logs.views.manage.section import InvalidForm, Section, choose_form
from logs.views.people.visitor import describe_identity, identity_of


class MemberForm(forms.Form):
    account = forms.CharField(label=_("Account"), max_length=100, help_text=_("The services account on this network."))
    role = forms.ChoiceField(label=_("Role"), choices=Role, initial=Role.MEMBER)


def add_member(request: HttpRequest, channel: Channel, by: str) -> InvalidForm | str:
    form = MemberForm(request.POST)
    if not form.is_valid():
        return form
    membership = ownership.grant_role(channel, form.cleaned_data["account"], Role(form.cleaned_data["role"]), by)
    return gettext("%(person)s is now %(role)s.") % {
        "person": describe_identity(membership.identity),
        "role": membership.get_role_display(),
    }


def remove_member(request: HttpRequest, channel: Channel, by: str) -> str:
    number = request.POST.get("membership", "")
    for membership in channel.memberships.filter(pk=int(number) if number.isdecimal() and len(number) < 19 else 0):
        if identity_of(request) and ownership.is_last_owner(membership):
            return gettext(
                "Nothing was changed: %(person)s is the only owner. Name another owner first, or let the bot leave the "
                "channel."
            ) % {"person": describe_identity(membership.identity)}
        ownership.revoke_role(membership, by)
        return gettext("%(person)s is no longer %(role)s.") % {
            "person": describe_identity(membership.identity),
            "role": membership.get_role_display(),
        }
    return gettext("This person was removed already.")


def rotate_link(request: HttpRequest, channel: Channel, by: str) -> str:  # noqa: ARG001
    ownership.rotate_link(channel, by)
    return gettext("There is a new secret link. The old one no longer works.")


def members_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:
    return {
        "person_form": choose_form(MemberForm, invalid_form, MemberForm),
        "memberships": channel.memberships.select_related("identity").order_by("-role", "identity__nick"),
    }


def link_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {"secret_link": f"{settings.SITE_URL}{channel.get_absolute_url()}?key={channel.link_key}"}


MEMBERS = Section("people", _("Owners and members"), members_context, {"add": add_member, "revoke": remove_member})
SECRET_LINK = Section("link", _("Secret link"), link_context, {"rotate": rotate_link})


class TokenForm(forms.Form):
    token_name = forms.CharField(max_length=100, label=_("Name"), help_text=_("What the token is for."))


def add_token(request: HttpRequest, channel: Channel, by: str) -> InvalidForm | str:
    form = TokenForm(request.POST)
    if not form.is_valid():
        return form
    name, identity = form.cleaned_data["token_name"], identity_of(request)
    try:
        text = create_token(channel, name, by, identity=identity, user=None if identity else request.user)
    except TokenError as error:
        form.add_error(None, str(error))
        return form
    return gettext("The token “%(name)s”, shown only this once: %(token)s") % {"name": name, "token": text}


def revoke_named_token(request: HttpRequest, channel: Channel, by: str) -> str:
    number = request.POST.get("token", "")
    for token in channel.tokens.filter(pk=int(number) if number.isdecimal() and len(number) < 10 else 0):
        revoke_token(token, by)
        return gettext("The token “%(name)s” no longer works.") % {"name": token.name}
    return gettext("This token was revoked already.")


def tokens_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:
    return {
        "token_form": choose_form(TokenForm, invalid_form, TokenForm),
        "tokens": channel.tokens.select_related("identity", "user").order_by("created_at", "pk"),
    }


TOKENS = Section(
    "tokens", _("API tokens"), tokens_context, {"make-token": add_token, "revoke-token": revoke_named_token}
)


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
