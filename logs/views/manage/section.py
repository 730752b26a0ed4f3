"""What a section of an owner's page consists of; apart from pages.py, which imports every section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise

from logs.models import Channel

InvalidForm = forms.BaseForm
"""A form with errors, which is shown again with the values that were entered."""

Action = Callable[[HttpRequest, Channel, str], "InvalidForm | str"]
"""Called with the request, the channel and the actor. Returns a message for the page, or the invalid form."""


Text = str | Promise
"""A text for visitors, which may be translated where it is shown."""


def _no_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {}


@dataclass(frozen=True, slots=True)
class Section:
    """A section of one of the owner's pages.

    `name` is its anchor and its template, `manage/sections/<name>.html`. `get_context` returns the template's
    variables, with the invalid form in place of a new one. `actions` are keyed by the field `act` of its forms.
    """

    name: str
    title: Text
    get_context: Callable[[Channel, InvalidForm | None], Mapping[str, Any]] = _no_context
    actions: Mapping[str, Action] = field(default_factory=dict)


def choose_form(
    form_class: type[forms.BaseForm], invalid_form: InvalidForm | None, make_form: Callable[[], forms.BaseForm]
) -> forms.BaseForm:
    """Return the invalid form if it is of this class, else a new form."""
    return invalid_form if isinstance(invalid_form, form_class) else make_form()
