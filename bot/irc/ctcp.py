"""CTCP within messages. https://modern.ircdocs.horse/ctcp

A \\x01 anywhere but at the ends is text like any other; nothing is unquoted.
"""

from __future__ import annotations


def split(text: str) -> tuple[str, str] | None:
    """Command and argument of a CTCP message, with or without its closing \\x01; None for ordinary text."""
    if not text.startswith("\x01"):
        return None
    inner = text[1:].removesuffix("\x01")
    command, _, argument = inner.partition(" ")
    return (command.upper(), argument) if command else None


def reply(command: str, argument: str) -> str:
    return f"\x01{command} {argument}".rstrip() + "\x01"
