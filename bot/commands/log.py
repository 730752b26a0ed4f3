"""`log`: where this very moment can be read."""

from __future__ import annotations

from time import monotonic, sleep

from django.conf import settings
from django.db import connection

from bot.commands.contract import Request
from bot.commands.reading import day_address, line_address, readable, unreadable
from logs.models import Channel, Line

STORED_WITHIN = 2.0
LOOK_EVERY = 0.05


class Log:
    names = ("log", "link")
    usage = "log: the address of this moment in the log"
    wants_symbols = False

    def answer(self, request: Request) -> list[str]:
        if not request.channel:
            return [f"All logs: {settings.SITE_URL} – “log #channel” gives the address of this moment there."]
        channel = readable(request).first()
        if channel is None:
            return [unreadable(request)]
        return [_line_of(channel, request) or day_address(channel, request.at.date())]


def _line_of(channel: Channel, request: Request) -> str:
    """The line that asked, once it is stored; in private the last one before. "" when nothing has been stored in time.

    A delayed or held line never comes, and then the day must do.
    """
    lines = Line.objects.filter(channel=channel)
    if request.private:
        number = lines.filter(at__lte=request.at).order_by("-at", "-id").values_list("id", flat=True).first()
        return line_address(channel, number) if number else ""
    deadline = monotonic() + STORED_WITHIN
    while True:
        asked = lines.filter(at=request.at, nick=request.nick).values_list("id", flat=True).first()
        if asked or monotonic() > deadline:
            return line_address(channel, asked) if asked else ""
        connection.close()
        sleep(LOOK_EVERY)
