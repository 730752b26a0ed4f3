"""`search WORDS`: the newest lines with these words."""
# MERGED: `seen NICK`: when somebody last did anything here.

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from bot.commands.base import Request
from bot.commands.log_access import ago, clock, excerpt, line_address, readable, unreadable
from logs.models import Channel, Kind
from logs.search.database import Found
from logs.search.query_parser import Query, parse
from logs.search.results import channels_in, search
from logs.text.irc_formatting import strip_formatting

TOP = 3


class Search:
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
        page = search(query, list(channels), everything=False)
        if not page.lines:
            return ["That takes too long: narrow it, for example by on:2026-11." if page.too_slow else "Nothing found."]
        found = [
            f"{channels[line.channel_id].name} {clock(line.at)} <{strip_formatting(line.nick)}> {excerpt(line.text)} "
            f"{line_address(channels[line.channel_id], line.id)}"
            for line in page.lines[:TOP]
        ]
        more = len(page.lines) > TOP or page.more
        return [*found, f"More: {_address(request, list(channels.values()))}"] if more else found


def _address(request: Request, channels: list[Channel]) -> str:
    asked = urlencode({"q": request.words})
    if request.channel:
        where = reverse("channel_search", args=[channels[0].network.name, channels[0].name])
        return f"{settings.SITE_URL}{where}?{asked}"
    return f"{settings.SITE_URL}{reverse('search')}?{asked}"


DID: dict[int, str] = {
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


COMINGS = ["join", "part", "quit", "nick"]


class Seen:
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
        line = _last(nick, list(channels))
        if line is None:
            return [f"I have never seen {nick}{f' in {request.channel}' if request.channel else ''}."]
        channel = channels[line.channel_id]
        what = ": ".join(filter(None, [DID.get(line.kind, ""), excerpt(line.target or line.text)]))
        since = ago((datetime.now(UTC) - line.at).total_seconds())
        when = f"{since} ago ({clock(line.at)})"
        return [f"{nick} was last seen in {channel.name} {when}, {what} {line_address(channel, line.id)}"]


def _last(nick: str, channels: list[int]) -> Found | None:
    """What somebody said or did last; the index knows what is said apart from who comes and goes."""
    said = search(Query(nicks=[nick]), channels, everything=False).lines[:1]
    came = search(Query(nicks=[nick], kinds=COMINGS), channels, everything=False).lines[:1]
    return max(said + came, key=lambda line: (line.at, line.id), default=None)
