"""Numeric replies: why a server refuses a JOIN, and the reply to an extended WHO (WHOX).

https://modern.ircdocs.horse/#numerics, https://ircv3.net/specs/extensions/whox
"""

from __future__ import annotations

from bot.irc.message import Message

JOIN_REFUSALS = {
    "403": "no such channel",
    "405": "the server allows no more channels",
    "448": "the server forbids the channel",
    "471": "the channel is full",
    "473": "the channel is by invitation only",
    "474": "banned from the channel",
    "475": "the channel needs a key, or another one",
    "476": "the server does not accept the channel's name",
    "477": "the channel needs a registered nick",
    "479": "the server does not accept the channel's name",
    "480": "too many clients join the channel at once, or it needs TLS",
    "485": "the server does not let us into the channel",
    "489": "the channel needs TLS",
    "500": "too many clients join the channel at once",
    "519": "the channel is for administrators of the server only",
    "520": "the channel is for operators only",
}

ERRORS = ("263", *map(str, range(400, 700)), *map(str, range(900, 1000)))
"""Numerics by which some server refuses something. https://defs.ircdocs.horse/defs/numerics"""

NO_ACCOUNT = frozenset({"", "*", "0"})


def whox_request(mask: str, token: str) -> tuple[str, ...]:
    """Return the command and parameters that request nick and account; the token identifies the replies."""
    return "WHO", mask, f"%tna,{token}"


def parse_whox_reply(message: Message, token: str) -> tuple[str, str] | None:
    """Return nick and account ("" for none) from RPL_WHOSPCRPL; None for a reply to another request."""
    if message.command != "354" or message.param(1) != token:
        return None
    account = message.param(3)
    return message.param(2), "" if account in NO_ACCOUNT else account
