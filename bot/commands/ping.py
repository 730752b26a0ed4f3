"""`ping`: is anybody there?"""

from __future__ import annotations

from bot.commands.contract import Request


class Ping:
    names = ("ping",)
    usage = "ping: pong"
    wants_symbols = False

    def answer(self, request: Request) -> list[str]:  # noqa: ARG002
        return ["pong"]
