"""`help`: what people can say."""
# MERGED: `ping`: is anybody there?
# MERGED: `log`: where this very moment can be read.
# MERGED: `status`: how the bot fares in a channel.

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from time import monotonic, sleep

from django.conf import settings
from django.db import connection

from bot.commands.base import Command, Request
from bot.commands.log_access import ago, day_address, line_address, readable, unreadable
from bot.status import Fare, fares
from logs.models import Channel, Line


class Help:
    names = ("help", "commands")
    usage = "help COMMAND: what a command does"
    wants_symbols = False

    def __init__(self, commands: Callable[[], Iterable[Command]]) -> None:
        self._commands = commands

    def answer(self, request: Request) -> list[str]:
        asked = request.words.partition(" ")[0].lower()
        commands = list(self._commands())
        for command in commands:
            if asked in command.names:
                return [command.usage]
        how = "Say" if request.private else f"Say “{request.me}: …” or, in private,"
        names = ", ".join(command.names[0] for command in commands)
        return [
            f"I log this network's channels for {settings.SITE_URL}. {how} one of: {names}.",
            "“help COMMAND” tells more. In private a channel comes first: “seen #channel ann”.",
        ]


class Ping:
    names = ("ping",)
    usage = "ping: pong"
    wants_symbols = False

    def answer(self, request: Request) -> list[str]:  # noqa: ARG002
        return ["pong"]


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


class Status:
    names = ("status",)
    usage = "status: whether the channel is being logged, and how well"
    wants_symbols = False

    def answer(self, request: Request) -> list[str]:
        allowed = {channel.name: channel.paused for channel in readable(request)}
        if request.channel and not allowed:
            return [unreadable(request)]
        of_network = [fare for fare in fares() if fare.network == request.network_name]
        if not request.channel:
            there = sum(1 for fare in of_network if fare.channel in allowed and fare.fine)
            network = [_sentence(fare, request.network_name, "") for fare in of_network if not fare.channel]
            return [*network, f"Of {len(allowed)} public channels {there} are as they should be."]
        named = [fare for fare in of_network if fare.channel in allowed]
        return [_sentence(fare, fare.channel, " Logging is off." if allowed[fare.channel] else "") for fare in named]


def _sentence(fare: Fare, name: str, more: str) -> str:
    now = datetime.now(UTC)
    parts = [f"{name}: {fare.state}{f' ({fare.why})' if fare.why else ''}"]
    if fare.since:
        parts.append(f"for {ago((now - fare.since).total_seconds())}")
    if fare.last_line:
        parts.append(f"last line {ago((now - fare.last_line).total_seconds())} ago")
    parts.append(f"{fare.depth} bytes wait to be stored" if fare.depth else "everything is stored")
    return f"{', '.join(parts)}.{more}"
