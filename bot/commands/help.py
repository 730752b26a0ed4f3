"""`help`: what people can say."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.conf import settings

from bot.commands.contract import Command, Request


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
