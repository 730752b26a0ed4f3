"""What the writers of log files share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from logs.formats.base import LogLine
from logs.formats.clock import MONTHS

NO_HOST = "*@*"
"""Stands where clients write user and host, which are not kept."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = list(MONTHS)


def written(templates: Mapping[int, str], line: LogLine, channel: str) -> str | None:
    """What a line did in the words of a format; None where it has none. No log can tell the end of a line in a text."""
    template = templates.get(line.kind)
    if template is None:
        return None
    text = line.text.replace("\r", " ").replace("\n", " ")
    return template.format(nick=line.nick, text=text, target=line.target, channel=channel, host=NO_HOST)


def written_day(at: datetime, *, time: bool) -> str:
    """`Sat Sep 06 2014`, or with the time `Sat Sep 06 18:28:43 2014`: in English, whatever the locale."""
    clock = f"{at:%H:%M:%S} " if time else ""
    return f"{_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at.day:02} {clock}{at.year}"
