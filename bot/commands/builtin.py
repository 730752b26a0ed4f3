"""The built-in commands: `help`, `log`, `ping`, `status`, `search` and `seen` in the archive, `off` and `on`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from time import monotonic, sleep
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.urls import reverse

from bot.commands.base import Command, Request
from bot.commands.log_access import (
    ago,
    clock,
    day_address,
    excerpt,
    hidden_periods_of,
    line_address,
    readable,
    unreadable,
)
from bot.status import StatusRow, read_status
from logs.accounts.identity import IrcUser
from logs.accounts.ownership import set_paused
from logs.models import Channel, Kind, Line
from logs.models.closed_period import readable_lines
from logs.search.database import FoundLine
from logs.search.query_parser import Query, parse
from logs.search.results import channels_in, search
from logs.text.irc_formatting import strip_formatting

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


SHOWN_LINES = 3
TOO_SLOW = "That search takes too long: please narrow it, for example with on:2026-11."

ACTIVITIES: dict[int, str] = {
    Kind.MESSAGE: "saying",
    Kind.ACTION: "doing",
    Kind.NOTICE: "noticing",
    Kind.JOIN: "joining",
    Kind.PART: "leaving",
    Kind.QUIT: "quitting",
    Kind.NICK: "changing nick",
    Kind.KICK: "kicking",
    Kind.MODE: "setting modes",
    Kind.TOPIC: "setting the topic",
}
PRESENCE_KINDS = ["join", "part", "quit", "nick"]


class Search:
    """`search WORDS`: the newest lines with these words."""

    names = ("search", "find")
    usage = 'search WORDS: the newest lines with them; "some words", nick:ann, on:2026-11 and more work as on the site'
    wants_symbols = False

    def answer(self, request: Request) -> list[str]:
        query = parse(request.words)
        if not query:
            return [" ".join(["Search for what?", *query.notes])]
        channels = {channel.pk: channel for channel in channels_in(query, readable(request))}
        if not channels:
            return [unreadable(request)]
        page = search(query, list(channels), all_channels=False, hidden_periods=hidden_periods_of(channels.values()))
        if not page.lines:
            return [TOO_SLOW if page.too_slow else "Nothing found."]
        lines = [
            f"{channels[line.channel_id].name} {clock(line.at)} <{strip_formatting(line.nick)}> {excerpt(line.text)} "
            f"{line_address(channels[line.channel_id], line.id)}"
            for line in page.lines[:SHOWN_LINES]
        ]
        has_more = len(page.lines) > SHOWN_LINES or page.has_more
        return [*lines, f"More: {_address(request, list(channels.values()))}"] if has_more else lines


def _address(request: Request, channels: list[Channel]) -> str:
    query = urlencode({"q": request.words})
    if request.channel:
        path = reverse("channel_search", args=[channels[0].network.name, channels[0].name])
        return f"{settings.SITE_URL}{path}?{query}"
    return f"{settings.SITE_URL}{reverse('search')}?{query}"


class Seen:
    """`seen NICK`: when and where somebody was last active."""

    names = ("seen",)
    usage = "seen NICK: when and where NICK last spoke, came or went"
    wants_symbols = False

    def answer(self, request: Request) -> list[str]:
        nick = request.words.partition(" ")[0].rstrip("?")
        if not nick:
            return ["Seen whom?"]
        channels = {channel.pk: channel for channel in readable(request)}
        if not channels:
            return [unreadable(request)]
        line = _find_last(nick, list(channels), hidden_periods_of(channels.values()))
        if line is None:
            return [f"I have never seen {nick}{f' in {request.channel}' if request.channel else ''}."]
        channel = channels[line.channel_id]
        activity = ": ".join(filter(None, [ACTIVITIES.get(line.kind, ""), excerpt(line.target or line.text)]))
        elapsed = ago((datetime.now(UTC) - line.at).total_seconds())
        when = f"{elapsed} ago ({clock(line.at)})"
        return [f"{nick} was last seen in {channel.name} {when}, {activity} {line_address(channel, line.id)}"]


def _find_last(nick: str, channels: list[int], hidden: list[int]) -> FoundLine | None:
    """Return the last line of a nick, of any kind."""
    # Two searches, because the index keeps text apart from joins, parts, quits and nick changes.
    text, presence = Query(nicks=[nick]), Query(nicks=[nick], kinds=PRESENCE_KINDS)
    text_lines = search(text, channels, all_channels=False, hidden_periods=hidden).lines[:1]
    presence_lines = search(presence, channels, all_channels=False, hidden_periods=hidden).lines[:1]
    return max(text_lines + presence_lines, key=lambda line: (line.at, line.id), default=None)


class _Switch:
    """Allowed to operators, as the server shows them at that moment, and to owners.

    It works also where the bot answers nobody, and when it has given too many answers: it is carried out unanswered.
    """

    works_unanswered = True
    names: tuple[str, ...]
    usage: str
    paused: bool
    wants_symbols = True

    def answer(self, request: Request) -> list[str]:
        if not request.channel:
            return [f"Say “{self.names[0]} #channel”."]
        user = IrcUser(request.network, request.nick, request.account, request.symbols)
        channel, sentence = set_paused(request.channel, user, paused=self.paused)
        # The database has the new setting, but the bot would read it up to a second later.
        if channel is not None:
            request.hold(channel, self.paused)
        return [sentence]


class Off(_Switch):
    names = ("off",)
    usage = "off: this channel is not logged until somebody says “on” (for operators and owners)"
    paused = True


class On(_Switch):
    names = ("on",)
    usage = "on: the channel is logged again (for operators and owners)"
    paused = False
