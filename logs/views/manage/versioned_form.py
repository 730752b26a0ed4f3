"""A form that saves only what its reader changed, and asks when others have changed the same settings meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext

SHOWN = "initial-"
"""How the names of the fields begin that hold the values which the page showed."""


class VersionedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A model form whose page also sends, for each field, the value that it showed.

    A field is changed if the value sent differs from the one shown; all others keep what the row has now, however old
    the page is. If the row has meanwhile other values than the page showed, the form is invalid once: it says what has
    changed, takes these values over and keeps what its reader entered, so that sending it again saves that.

    Without the shown values, as programs may send it, a field is changed if it differs from the row.
    """

    unversioned: frozenset[str] = frozenset()
    """Fields whose values must not be sent to the page a second time, such as passwords."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_versioned = not self.is_bound or any(str(name).startswith(SHOWN) for name in self.data)
        for name, field in self.fields.items():
            field.show_hidden_initial = is_versioned and name in self.initial and name not in self.unversioned

    @cached_property
    def changed_data(self) -> list[str]:
        """The fields that their reader has changed and that the row has another value of."""
        changed = super().changed_data
        return [name for name in changed if self.fields[name].has_changed(self.initial.get(name), self[name].data)]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        outdated = [name for name in self.fields if self._is_outdated(name)]
        if outdated:
            changes = "; ".join(
                gettext("%(setting)s is now “%(value)s”")
                % {"setting": self[name].label, "value": self._describe(name, self.initial.get(name))}
                for name in outdated
            )
            self.data = self._take_over()
            raise forms.ValidationError(
                gettext(
                    "While this page was open, these settings were changed: %(changes)s. Nothing of yours is saved "
                    "yet. Check the settings below and save them again."
                )
                % {"changes": changes},
                code="outdated",
            )
        return cleaned

    def _is_outdated(self, name: str) -> bool:
        """Return whether the row has neither the value that was shown nor the one that was entered."""
        field, bound = self.fields[name], self[name]
        if not field.show_hidden_initial or bound.html_initial_name not in self.data:
            return False
        current = self.initial.get(name)
        shown = field.hidden_widget().value_from_datadict(self.data, self.files, bound.html_initial_name)
        return field.has_changed(current, shown) and field.has_changed(current, bound.data)

    def describe_changes(self, without: Collection[str] = (), secret: Collection[str] = ()) -> str:
        """Return in the words of the form what its reader changed, for the audit log; of secrets only their label."""
        changed = [name for name in self.changed_data if name not in without]
        return "; ".join(
            f"{self[name].label}" if name in secret else f"{self[name].label}: {self._describe(name, value)}"
            for name, value in ((name, self.cleaned_data[name]) for name in changed)
        )

    def _describe(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return gettext("on") if value else gettext("off")
        choices: Mapping[Any, Any] = dict(getattr(self.fields[name], "choices", ()))
        return str(choices.get(value, gettext("empty") if value in (None, "") else value))

    def _take_over(self) -> Any:
        """Return the form's data as the page would have sent it, had it been loaded now and changed in the same way."""
        data = self.data.copy()  # type: ignore[attr-defined]
        for name in self.fields:
            bound = self[name]
            if bound.html_initial_name not in data:
                continue
            current = self.initial.get(name)
            value = "" if current is None else current
            if name not in self.changed_data:
                if isinstance(current, bool) and not current:
                    data.pop(bound.html_name, None)  # as a browser leaves out an empty box
                else:
                    data[bound.html_name] = value
            data[bound.html_initial_name] = value
        return data
