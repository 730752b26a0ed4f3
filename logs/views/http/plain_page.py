"""Pages that need neither the database nor a template engine: errors of the site, and refusals before Django."""

from __future__ import annotations

from pathlib import Path
from string import Template

from django.conf import settings

from logs.active_language import current_language, text_direction


def fill_plain_page(name: str, **texts: str) -> str:
    """Return a page of the folder `templates` in the language that is active, with these texts in its places."""
    template = Template(Path(settings.RESOURCES, "templates", name).read_text(encoding="utf-8"))
    return template.substitute(language=current_language(), direction=text_direction(), **texts)
