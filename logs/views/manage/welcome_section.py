"""The section of the owner's pages in which owners introduce their channel: welcome, description, rules, links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from logs.models import Channel
from logs.text.markup import find_links
from logs.views.manage.channel_settings import make_section
from logs.views.manage.form_fields import check_zone_name, zones_context
from logs.views.manage.section import InvalidForm
from logs.views.manage.versioned_form import VersionedForm

MAX_LINKS = 10


class LinesField(forms.CharField):
    """A text of several lines, whose line ends are the same whatever a browser sends."""

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "")
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return "\n".join(line.rstrip() for line in lines).strip("\n")


class WelcomeForm(VersionedForm):
    class Meta:
        model = Channel
        fields = ("welcome", "description", "rules", "links", "time_zone")
        labels = {"links": _("Links"), "time_zone": _("Time zone")}
        widgets = {
            "welcome": forms.Textarea(attrs={"rows": 2}),
            "time_zone": forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
            **{name: forms.Textarea(attrs={"rows": 5}) for name in ("description", "rules", "links")},
        }
        field_classes = dict.fromkeys(("welcome", "description", "rules", "links"), LinesField)

    def clean_time_zone(self) -> str:
        return check_zone_name(self.cleaned_data["time_zone"])

    def clean_links(self) -> str:
        text: str = self.cleaned_data["links"]
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) > MAX_LINKS:
            sentence = gettext("These are %(number)s lines; %(most)s links are the most.")
            raise forms.ValidationError(sentence % {"number": len(lines), "most": MAX_LINKS})
        without = next((line for line in lines if not find_links(line)), None)
        if without is not None:
            sentence = gettext("“%(line)s” has no address that begins with https://.")
            raise forms.ValidationError(sentence % {"line": without})
        return "\n".join(lines)


_SECTION = make_section("welcome", _("What readers see first"), WelcomeForm)


def _get_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:
    return {**_SECTION.get_context(channel, invalid_form), **zones_context()}


WELCOME = replace(_SECTION, get_context=_get_context)
