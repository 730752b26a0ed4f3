"""`seen NICK`: when somebody last did anything here."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.commands.contract import Request
from bot.commands.reading import ago, clock, excerpt, line_address, readable, unreadable
from logs.models import Kind
from logs.search.asking import Found
from logs.search.grammar import Query
from logs.search.page import search

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
