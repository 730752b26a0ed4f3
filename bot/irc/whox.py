"""WHO that asks for nick and account alone. https://ircv3.net/specs/extensions/whox"""

from __future__ import annotations

from bot.irc.message import Message

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
