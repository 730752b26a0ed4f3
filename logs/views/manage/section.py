"""What a section of the owner's page is: its template, what can be done in it, and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest

from logs.models import Channel

InvalidForm = forms.BaseForm
"""A form whose fields say what is wrong; it is shown again with what was typed."""

Action = Callable[[HttpRequest, Channel, str], "InvalidForm | str"]
"""Does what was asked, by whom; returns what to tell, or the form that was wrong."""


@dataclass(frozen=True, slots=True)
class Section:
    """`name` is the section's anchor and its template, `manage/sections/<name>.html`. `acts` are found by what a form
    says under `act`. `shows` gives the template its words; a form that was wrong is shown instead of a fresh one."""

    name: str
    title: str
    shows: Callable[[Channel, InvalidForm | None], Mapping[str, Any]]
    acts: Mapping[str, Action] = field(default_factory=dict)


def choose_form(
    kind: type[forms.BaseForm], wrong: InvalidForm | None, fresh: Callable[[], forms.BaseForm]
) -> forms.BaseForm:
    """The form that was wrong, if it is of this kind, or else a fresh one."""
    return wrong if isinstance(wrong, kind) else fresh()
