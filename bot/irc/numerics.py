"""Why a server does not let somebody into a channel, by numeric. https://modern.ircdocs.horse/#numerics"""
# MERGED: WHO that asks for nick and account alone. https://ircv3.net/specs/extensions/whox

from __future__ import annotations

from bot.irc.message import Message

REFUSALS = {
    "403": "no such channel",
    "405": "the server allows no more channels",
    "448": "the server forbids the channel",
    "471": "the channel is full",
    "473": "the channel is by invitation only",
    "474": "banned from the channel",
    "475": "the channel wants a key, or another one",
    "476": "the server takes this for no channel's name",
    "477": "the channel wants a registered nick",
    "479": "the server takes this for no channel's name",
    "480": "too many join the channel at once, or it wants TLS",
    "485": "the server does not let us into the channel",
    "489": "the channel wants TLS",
    "500": "too many join the channel at once",
    "519": "the channel is for administrators of the server only",
    "520": "the channel is for operators only",
}


NO_ACCOUNT = frozenset({"", "*", "0"})


def question(mask: str, token: str) -> tuple[str, ...]:
    """A command and its parameters; the token tells the answers from those to other questions."""
    return "WHO", mask, f"%tna,{token}"


def answer(message: Message, token: str) -> tuple[str, str] | None:
    """Nick and account ("" for none) from RPL_WHOSPCRPL; None if that answers another question."""
    if message.command != "354" or message.param(1) != token:
        return None
    account = message.param(3)
    return message.param(2), "" if account in NO_ACCOUNT else account
