"""The commands `off` and `on`: stop and resume recording of a channel."""

from __future__ import annotations

from bot.commands.base import Request
from logs.accounts.identity import IrcUser
from logs.accounts.ownership import set_paused


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
