"""API tokens on the owner's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest

from logs.accounts.api_tokens import TokenError, create_token, revoke_token
from logs.models import Channel
from logs.views.manage.section import InvalidForm, Section, choose_form
from logs.views.people.visitor import identity_of


class TokenForm(forms.Form):
    token_name = forms.CharField(max_length=100, label="Name", help_text="What the token is for.")


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
    return f"The token “{name}”, shown only this once: {text}"


def revoke_named_token(request: HttpRequest, channel: Channel, by: str) -> str:
    number = request.POST.get("token", "")
    for token in channel.tokens.filter(pk=int(number) if number.isdecimal() and len(number) < 10 else 0):
        revoke_token(token, by)
        return f"The token “{token.name}” no longer works."
    return "This token was revoked already."


def tokens_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:
    return {
        "token_form": choose_form(TokenForm, invalid_form, TokenForm),
        "tokens": channel.tokens.select_related("identity", "user").order_by("created_at", "pk"),
    }


TOKENS = Section("tokens", "API tokens", tokens_context, {"make-token": add_token, "revoke-token": revoke_named_token})
