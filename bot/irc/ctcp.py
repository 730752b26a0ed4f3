"""CTCP within messages. https://modern.ircdocs.horse/ctcp

A \\x01 anywhere but at the ends is text like any other, and nothing is unquoted.
"""

from __future__ import annotations

_MARK = "\x01"


def split(text: str) -> tuple[str, str] | None:
    """Command and argument of a CTCP message, with or without its closing \\x01; None for ordinary text."""
    if not text.startswith(_MARK):
        return None
    command, _, argument = text[1:].removesuffix(_MARK).partition(" ")
    return (command.upper(), argument) if command else None


def join(command: str, argument: str = "") -> str:
    """A CTCP message, query or answer."""
    return f"{_MARK}{command} {argument}{_MARK}" if argument else f"{_MARK}{command}{_MARK}"
