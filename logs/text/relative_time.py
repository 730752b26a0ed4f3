"""Times as seen from now, such as "3 h ago"; static/js/channel_list.js says the same."""

from __future__ import annotations

from datetime import datetime


def relative_time(at: datetime, now: datetime) -> str:
    """Return "now", "5 min ago", "3 h ago", "2 days ago", "4 months ago" or "3 years ago"."""
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 24 * 60:
        return f"{minutes // 60} h ago"
    days = minutes // (24 * 60)
    number, unit = (days, "day") if days < 60 else (days // 30, "month") if days < 730 else (days // 365, "year")
    return f"{number} {unit}{'' if number == 1 else 's'} ago"
