"""Times as seen from now, such as "3 h ago"; static/js/channel_list.js says the same."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from logs.localize import mark_plural, plural

_MINUTES = mark_plural("%(count)s min ago", "%(count)s min ago")
_HOURS = mark_plural("%(count)s h ago", "%(count)s h ago")
_DAYS = mark_plural("%(count)s day ago", "%(count)s days ago")
_MONTHS = mark_plural("%(count)s month ago", "%(count)s months ago")
_YEARS = mark_plural("%(count)s year ago", "%(count)s years ago")


def relative_time(at: datetime, now: datetime) -> str:
    """Return "now", "5 min ago", "3 h ago", "2 days ago", "4 months ago" or "3 years ago"."""
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return gettext("now")
    if minutes < 60:
        return plural(*_MINUTES, minutes)
    if minutes < 24 * 60:
        return plural(*_HOURS, minutes // 60)
    days = minutes // (24 * 60)
    if days < 60:
        return plural(*_DAYS, days)
    return plural(*_MONTHS, days // 30) if days < 730 else plural(*_YEARS, days // 365)
