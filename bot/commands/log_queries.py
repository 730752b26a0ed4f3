"""The commands `search` and `seen`: queries of the archive."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from bot.commands.base import Request
from bot.commands.log_access import ago, clock, excerpt, hidden_periods_of, line_address, readable, unreadable
from logs.models import Channel, Kind
from logs.search.database import FoundLine
from logs.search.query_parser import Query, parse
from logs.search.results import channels_in, search
from logs.text.irc_formatting import strip_formatting

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
