"""The template environment of the pages: what every template may call."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, StrictUndefined


def url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args or None, kwargs=kwargs or None)


def environment(*, autoescape: bool = True, **options: Any) -> Environment:  # noqa: ARG001  (always escaped)
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    env = Environment(autoescape=True, **options)
    env.globals.update(static=static, url=url, site_name=settings.SITE_NAME, site_url=settings.SITE_URL)
    return env
