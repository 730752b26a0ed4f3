"""The context and the addresses that the pages of a channel share."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from markupsafe import Markup, escape

from logs.localize import format_date
from logs.models import Channel
from logs.text.markup import text_html


def build_channel_context(channel: Channel) -> dict[str, Any]:
    """Return the variables that templates/channel/base.html needs."""
    return {
        "channel": channel,
        "channel_url": channel.get_absolute_url(),
        "topic": text_html(channel.topic),
    }


def day_url(channel: Channel, day: date) -> str:
    return reverse("day", args=[channel.network.name, channel.name, day])


def year_url(channel: Channel, year: int) -> str:
    return reverse("year", args=[channel.network.name, channel.name, year])


def format_long_date(day: date) -> str:
    """Format a date, for example Monday 23 November 2026."""
    return format_date(day, "weekday")


def format_day_heading(day: date) -> Markup:
    """Format a date as `format_long_date` does; the style sheet hides the weekday where there is little room."""
    whole, short = format_date(day, "weekday"), format_date(day)
    before, found, after = whole.partition(short)
    if not found:
        return escape(whole)
    weekday = Markup('<span class="weekday">{}</span>')
    return Markup("{}{}{}").format(
        weekday.format(before) if before else "", short, weekday.format(after) if after else ""
    )
