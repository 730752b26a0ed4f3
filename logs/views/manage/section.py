"""What a section of an owner's page consists of, and the fields that several forms have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from urllib.parse import unquote

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from logs.formats.clock import find_similar_zones, list_zones, zone_named
from logs.localize import format_number
from logs.models import Channel
from logs.pagination import MAX_LINE_ID
from logs.text.names import fold, segment_to_channel

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


class TimeZoneField(forms.CharField):
    """Cleans to a time zone, or to None if it is empty and not required.

    Its page needs `<datalist id="zones">`: the macro `zone_list` of templates/_form_fields.html with `zones`.
    """

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"list": "zones", "autocomplete": "off"})
        super().__init__(max_length=50, label=_("Time zone"), widget=widget, **options)

    def clean(self, value: Any) -> tzinfo | None:
        name = super().clean(value)
        return _find_zone(name) if name else None


def zones_context() -> dict[str, list[str]]:
    """Return what the list of a page with this field needs."""
    return {"zones": list_zones()}


def check_zone_name(name: str) -> str:
    """Return the name of a time zone, which may be empty; ValidationError for one that does not exist."""
    if name:
        _find_zone(name)
    return name


def _find_zone(name: str) -> tzinfo:
    try:
        return zone_named(name)
    except ValueError:
        similar = f" {gettext('or')} ".join(find_similar_zones(name))
        if similar:
            sentence = gettext("There is no time zone %(name)s. Do you mean %(similar)s?")
        else:
            sentence = gettext("There is no time zone %(name)s.")
        raise forms.ValidationError(sentence % {"name": name, "similar": similar}) from None


MAX_LINES = 5000
"""What one form may name."""

NOT_A_LINE = _("Enter the number of a line or its link.")
_LINK = re.compile(
    r"(?:https?://[^/\s]+)?(?:/\S*)?/([^/\s]+)/([^/\s]+)/(?:at|conversation)/(\d{1,10})(?:-(\d{1,10}))?/?(?:[?#]\S*)?"
)


def parse_lines(text: str, channel: Channel | None) -> list[int]:
    """Return the ids that a text names, separated by blanks or commas; ValidationError says what is wrong.

    A link must be of the channel, if it is given.
    """
    ids: list[int] = []
    for word in text.replace(",", " ").split():
        ids += _parse_word(word, channel)
        if len(ids) > MAX_LINES:
            sentence = gettext("These are more than %(number)s lines: name fewer at once.")
            raise forms.ValidationError(sentence % {"number": format_number(MAX_LINES)})
    return ids


def parse_line(text: str, channel: Channel | None) -> int:
    """Return the id of the one line that a text names."""
    ids = parse_lines(text, channel)
    if len(ids) != 1:
        raise forms.ValidationError(NOT_A_LINE)
    return ids[0]


def _parse_word(word: str, channel: Channel | None) -> list[int]:
    if match := _LINK.fullmatch(word):
        network, segment, first, last = match.groups()
        if channel and not _is_of(channel, unquote(network), unquote(segment)):
            sentence = gettext("This link is not one of %(channel)s: %(link)s")
            raise forms.ValidationError(sentence % {"channel": channel.name, "link": word})
    else:
        first, dash, last = word.partition("-")
        if not all(part.isascii() and part.isdigit() for part in ((first, last) if dash else (first,))):
            sentence = gettext("Enter the number of a line or its link. This is neither: %(text)s")
            raise forms.ValidationError(sentence % {"text": word})
    numbers = int(first), int(last or first)
    if not 1 <= numbers[0] <= numbers[1] <= MAX_LINE_ID:
        raise forms.ValidationError(gettext("There is no such line: %(line)s") % {"line": word})
    # One more than allowed is enough for the refusal, and keeps a range of millions from being made.
    return list(range(numbers[0], min(numbers[1], numbers[0] + MAX_LINES) + 1))


def _is_of(channel: Channel, network: str, segment: str) -> bool:
    casemapping = channel.network.casemapping
    return network == channel.network.name and fold(segment_to_channel(segment), casemapping) == channel.folded
