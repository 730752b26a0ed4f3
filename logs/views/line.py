"""A permalink: the line, or some lines, in their day."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from logs import archive
from logs.counts import days
from logs.models import Channel
from logs.views.around import day_address
from logs.views.lookup import no_day, of_channel


@require_safe
@of_channel
def show_line(request: HttpRequest, channel: Channel, number: int, last: int | None = None) -> HttpResponse:  # noqa: ARG001
    """A redirect, for what stays is the line's number; where it is shown depends on how long its day is."""
    line = archive.line_of(channel, number)
    if line is None:
        raise no_day(channel, f"{channel.name} has no line {number}.", days.latest_day(channel))
    return redirect(line_address(channel, line, last))


def line_address(channel: Channel, line: archive.DayLine, last: int | None = None) -> str:
    """Where a line is shown now; with those from it to the line `last` marked, if that is given."""
    start = archive.part_of_line(channel, line, newest=line.day == archive.today())
    given: dict[str, int | str] = {"from": start} if start else {}
    if last is not None:
        given["mark"] = f"{line.id}-{last}"
    return f"{day_address(channel, line.day)}{f'?{urlencode(given)}' if given else ''}#l{line.id}"
