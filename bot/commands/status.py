"""`status`: how the bot fares in a channel."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.commands.contract import Request
from bot.commands.reading import ago, readable, unreadable
from bot.report import Fare, fares


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
