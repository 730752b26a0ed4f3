"""A form field for a time zone, with a list to choose from."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from django import forms

from logs.formats.clock import list_zones, zone_named


class TimeZoneField(forms.CharField):
    """Cleans to a time zone, or to None if it is empty and not required.

    Its page needs `<datalist id="zones">`: the macro `zone_list` of templates/_form_fields.html with `zones`.
    """

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"list": "zones", "autocomplete": "off"})
        super().__init__(max_length=50, label="Time zone", widget=widget, **options)

    def clean(self, value: Any) -> tzinfo | None:
        name = super().clean(value)
        try:
            return zone_named(name) if name else None
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


def zones_context() -> dict[str, list[str]]:
    """Return what the list of a page with this field needs."""
    return {"zones": list_zones()}


def check_zone_name(name: str) -> str:
    """Return the name of a time zone, which may be empty; ValidationError for one that does not exist."""
    try:
        zone_named(name) if name else None
    except ValueError as error:
        raise forms.ValidationError(str(error)) from None
    return name
