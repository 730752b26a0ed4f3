"""What a browser would send for a form of a page."""

from __future__ import annotations

from html.parser import HTMLParser


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._select = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append({})
        elif not self.forms:
            return
        elif tag == "input" and given.get("name"):
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self.forms[-1][given["name"]] = given.get("value", "on" if given.get("type") == "checkbox" else "")
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and ("selected" in given or self._select not in self.forms[-1]):
            self.forms[-1][self._select] = given.get("value", "")


def read_forms(page: str) -> list[dict[str, str]]:
    """Return the names and values of all forms of a page."""
    reader = _FormReader()
    reader.feed(page)
    return reader.forms


def read_form(page: str, act: str) -> dict[str, str]:
    """Return the names and values of the form whose field `act` has this value."""
    (form,) = [form for form in read_forms(page) if form.get("act") == act]
    return form
