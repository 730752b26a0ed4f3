"""The Jinja environment of the pages, with the functions and filters of all templates."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf, reverse
from jinja2 import Environment, StrictUndefined

from logs.active_language import current_language, template_gettext, template_ngettext, text_direction
from logs.localize import count_of, format_date, format_duration, format_number, name_some, plural
from logs.render import element_html
from logs.text.irc_formatting import strip_formatting
from logs.text.markup import prose_html
from logs.views.http.channel_lookup import format_day_heading, format_long_date
from logs.views.http.language import catalogue_url
from logs.views.http.site_files import accent_url, logo_url
from logs.views.moderate.line_menu import moderates_anything
from logs.views.people.visitor import describe_identity, is_signed_in

URLS_KEPT = 2048
"""Addresses that a process keeps: a page has about 25, most of them those of any other page."""


def url(name: str, *args: Any, **kwargs: Any) -> str:
    return _url(get_urlconf(), get_script_prefix(), name, args, tuple(kwargs.items()))


@lru_cache(URLS_KEPT, typed=True)
def _url(
    urlconf: str | None, _prefix: str, name: str, args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]
) -> str:
    return reverse(name, urlconf, args or None, dict(kwargs) or None)


def short_date(day: date, beside: date) -> str:
    """Format a date, for example 23 Nov, with the year if it differs from that of `beside`."""
    return format_date(day, "short" if day.year == beside.year else "short with year")


def environment(*, autoescape: bool = True, **options: Any) -> Environment:  # noqa: ARG001  (always escaped)
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    env = Environment(autoescape=True, **options)
    env.globals.update(static=static, url=url, get_messages=get_messages, is_signed_in=is_signed_in)
    env.globals.update(moderates_anything=moderates_anything)
    env.globals.update(site_name=settings.SITE_NAME, site_url=settings.SITE_URL, contact=settings.CONTACT)
    env.globals.update(site_description=settings.SITE_DESCRIPTION, accent_url=accent_url, logo_url=logo_url)
    env.globals.update(line_markup=element_html, number=count_of, plural=plural)
    env.globals.update(name_some=name_some, day_heading=format_day_heading)
    env.globals.update(current_language=current_language, text_direction=text_direction)
    env.globals.update(catalogue_url=catalogue_url, languages=settings.LANGUAGES)
    env.filters.update(prose=prose_html, plain=strip_formatting, identity=describe_identity)
    env.filters.update(
        date=format_date,
        long_date=format_long_date,
        short_date=short_date,
        duration=format_duration,
        digits=format_number,
    )
    env.policies["ext.i18n.trimmed"] = True
    env.globals.update(_=template_gettext, gettext=template_gettext, ngettext=template_ngettext)
    # Of jinja2.ext.i18n: values are arguments.
    env.newstyle_gettext = True  # type: ignore[attr-defined]
    return env
