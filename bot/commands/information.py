"""The commands `help`, `ping`, `log` and `status`: about the bot itself and where its logs are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from time import monotonic, sleep

from django.conf import settings
from django.db import connection

from bot.commands.base import Command, Request
from bot.commands.log_access import ago, day_address, line_address, readable, unreadable
from bot.status import StatusRow, read_status
from logs.models import Channel, Line
from logs.models.closed_period import readable_lines

STORE_TIMEOUT_SECONDS = 2.0
POLL_SECONDS = 0.05


class Help:
    """`help`: lists the commands, or explains one."""

    names = ("help", "commands")
    usage = "help COMMAND: what a command does"
    wants_symbols = False

    def __init__(self, commands: Callable[[], Iterable[Command]]) -> None:
        self._commands = commands

    def answer(self, request: Request) -> list[str]:
        name = request.words.partition(" ")[0].lower()
        commands = list(self._commands())
        for command in commands:
            if name in command.names:
                return [command.usage]
        how = "Say" if request.private else f"Say “{request.me}: …” or, in private,"
        names = ", ".join(command.names[0] for command in commands)
        return [
            f"I log this network's channels for {settings.SITE_URL}. {how} one of: {names}.",
            "“help COMMAND” explains a command. In private a channel comes first: “seen #channel ann”.",
        ]


class Ping:
    """`ping`: shows that the bot is alive."""

    names = ("ping",)
    usage = "ping: pong"
    wants_symbols = False

    def answer(self, request: Request) -> list[str]:  # noqa: ARG002
        return ["pong"]


class Log:
    """`log`: the address of the present moment in the log."""

    names = ("log", "link")
    usage = "log: the address of this moment in the log"
    wants_symbols = False

    def answer(self, request: Request) -> list[str]:
        if not request.channel:
            return [f"All logs: {settings.SITE_URL} – “log #channel” gives the address of this moment there."]
        channel = readable(request).first()
        if channel is None:
            return [unreadable(request)]
        return [_find_line_address(channel, request) or day_address(channel, request.at.date())]


def _find_line_address(channel: Channel, request: Request) -> str:
    """Return the address of the line with the request once it is stored, or "" after a timeout.

    For a private request it is the last line of the channel before it. A delayed or held line is never stored in time.
    """
    lines = Line.objects.filter(readable_lines(channel.hidden_periods), channel=channel)
    if request.private:
        line_id = lines.filter(at__lte=request.at).order_by("-at", "-id").values_list("id", flat=True).first()
        return line_address(channel, line_id) if line_id else ""
    deadline = monotonic() + STORE_TIMEOUT_SECONDS
    while True:
        line_id = lines.filter(at=request.at, nick=request.nick).values_list("id", flat=True).first()
        if line_id or monotonic() > deadline:
            return line_address(channel, line_id) if line_id else ""
        # The writer may need the connection for the very line that we wait for.
        connection.close()
        sleep(POLL_SECONDS)


class Status:
    """`status`: the state of a channel or of the network."""

    names = ("status",)
    usage = "status: whether the channel is being logged, and how well"
    wants_symbols = False

    def answer(self, request: Request) -> list[str]:
        is_paused = {channel.name: channel.paused for channel in readable(request)}
        if request.channel and not is_paused:
            return [unreadable(request)]
        rows = [row for row in read_status() if row.network == request.network_name]
        if not request.channel:
            ok_count = sum(1 for row in rows if row.channel in is_paused and row.is_ok)
            network_lines = [_sentence(row, request.network_name, "") for row in rows if not row.channel]
            return [*network_lines, f"Of {len(is_paused)} public channels {ok_count} are as they should be."]
        return [
            _sentence(row, row.channel, " Logging is off." if is_paused[row.channel] else "")
            for row in rows
            if row.channel in is_paused
        ]


def _sentence(row: StatusRow, name: str, suffix: str) -> str:
    now = datetime.now(UTC)
    parts = [f"{name}: {row.state}{f' ({row.reason})' if row.reason else ''}"]
    if row.since:
        parts.append(f"for {ago((now - row.since).total_seconds())}")
    if row.last_line_at:
        parts.append(f"last line {ago((now - row.last_line_at).total_seconds())} ago")
    parts.append(f"{row.journal_depth} bytes wait to be stored" if row.journal_depth else "everything is stored")
    return f"{', '.join(parts)}.{suffix}"
