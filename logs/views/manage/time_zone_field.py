"""A form field for a time zone, with a list to choose from."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from logs.formats.clock import find_similar_zones, list_zones, zone_named


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
