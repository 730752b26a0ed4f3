"""The Jinja environment of the pages, with the functions and filters of all templates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, StrictUndefined

from logs.render import element_html
from logs.text.irc_formatting import strip_formatting
from logs.text.markup import prose_html
from logs.text.plurals import counted
from logs.views.moderate.guard import moderates_anything
from logs.views.people.visitor import is_signed_in
from logs.views.reading.channel_context import format_long_date
from logs.views.reading.site_look import accent_url, logo_url


def url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args or None, kwargs=kwargs or None)


def short_date(day: date, beside: date) -> str:
    """Format a date, for example 23 Nov, with the year if it differs from that of `beside`."""
    return f"{day.day} {day:%b}" + (f" {day.year}" if day.year != beside.year else "")


def duration(length: timedelta) -> str:
    """Format a duration in days and hours, for example 3 days and 1 hour."""
    days, hours = divmod(round(length / timedelta(hours=1)), 24)
    return " and ".join(counted(*part) for part in ((days, "day"), (hours, "hour")) if part[0]) or "less than an hour"


def environment(*, autoescape: bool = True, **options: Any) -> Environment:  # noqa: ARG001  (always escaped)
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    env = Environment(autoescape=True, **options)
    env.globals.update(static=static, url=url, get_messages=get_messages, is_signed_in=is_signed_in)
    env.globals.update(moderates_anything=moderates_anything)
    env.globals.update(site_name=settings.SITE_NAME, site_url=settings.SITE_URL, contact=settings.CONTACT)
    env.globals.update(site_description=settings.SITE_DESCRIPTION, accent_url=accent_url, logo_url=logo_url)
    env.globals.update(line_markup=element_html, number=counted)
    env.filters.update(prose=prose_html)
    env.filters.update(long_date=format_long_date, short_date=short_date, duration=duration, plain=strip_formatting)
    return env
