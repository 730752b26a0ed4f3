"""A channel's calendar: one year, with the number of lines of each day and links to them."""

from __future__ import annotations

import calendar
from datetime import date
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from logs.counts import day_index
from logs.localize import month_names, weekday_names
from logs.models import Channel
from logs.views.http.channel_lookup import (
    build_channel_context,
    day_not_found,
    suggest_today,
    with_channel,
    year_url,
)
from logs.views.http.errors import PageNotFound
from logs.views.reading.charts import level_of_day


class Cell(NamedTuple):
    """A day of the calendar; `level` is its level of activity, as in charts."""

    day: date
    lines: int
    level: int


class Month(NamedTuple):
    """A month. `weeks` begin on Mondays; days of other months are None."""

    name: str
    weeks: list[list[Cell | None]]


@require_safe
@with_channel
def show_calendar(request: HttpRequest, channel: Channel) -> HttpResponse:  # noqa: ARG001
    """Redirect to the last year with lines."""
    latest = day_index.latest_day(channel)
    if latest is None:
        sentence = gettext("%(channel)s has no lines yet.")
        raise day_not_found(channel, sentence % {"channel": channel.name}, None)
    return redirect(year_url(channel, latest.year))


@require_safe
@with_channel
def show_year(request: HttpRequest, channel: Channel, year: int) -> HttpResponse:
    known = day_index.years(channel)
    if year not in known:
        raise _no_year(channel, year, list(known))
    counts = day_index.days_of_year(channel, year)
    context = build_channel_context(channel) | {
        "year": year,
        "lines": known[year],
        "years": known,
        "previous_year": max((other for other in known if other < year), default=None),
        "next_year": min((other for other in known if other > year), default=None),
        "months": _months(year, counts),
        "weekdays": list(zip(weekday_names("short"), weekday_names(), strict=True)),
        "max_lines": max(counts.values()),
    }
    return render(request, "channel/calendar.html", context)


def _no_year(channel: Channel, year: int, known: list[int]) -> PageNotFound:
    nearest = min(known, key=lambda other: (abs(other - year), -other), default=None)
    suggestions = [suggest_today(channel)]
    if nearest is not None:
        words = gettext("%(channel)s in %(year)s") % {"channel": channel.name, "year": nearest}
        suggestions.insert(0, (words, year_url(channel, nearest)))
    sentence = gettext("%(channel)s has no lines in %(year)s.")
    return PageNotFound(sentence % {"channel": channel.name, "year": f"{year:04}"}, suggestions)


def _months(year: int, counts: dict[date, int]) -> list[Month]:
    max_lines = max(counts.values())
    weeks_of = calendar.Calendar().monthdayscalendar
    names = month_names()
    return [
        Month(
            names[month - 1],
            [
                [_cell(date(year, month, day), counts, max_lines) if day else None for day in week]
                for week in weeks_of(year, month)
            ],
        )
        for month in range(1, 13)
    ]


def _cell(day: date, counts: dict[date, int], max_lines: int) -> Cell:
    lines = counts.get(day, 0)
    return Cell(day, lines, level_of_day(lines, max_lines))
