"""What is said to some members of a channel only, such as its operators: a restricted line.

On IRC the target of such a line is the channel with the symbol of a rank before it, as `@#channel` (STATUSMSG,
https://modern.ircdocs.horse/#statusmsg-parameter). A line keeps the symbols as its target.
"""

from __future__ import annotations

import re

_SYMBOLS = re.compile(r"[^\w#\s]{1,8}")
_SPEAKER = re.compile(r"(?P<nick>[^:]+):(?P<symbols>[~&@%+!]{1,5})(?:[#&+!].*)?", re.DOTALL)
_MEMBERS = {"~": "owners", "&": "admins", "@": "operators", "%": "half-operators", "+": "voiced members"}


def is_restricted(target: str | None) -> bool:
    """Whether the target of something said consists of symbols of ranks."""
    return target is not None and _SYMBOLS.fullmatch(target) is not None


def describe_members(symbols: str) -> str:
    """Return to whom a line was said, for example "to operators"."""
    # Of several symbols the last one is the lowest rank.
    return f"to {_MEMBERS.get(symbols[-1:], 'operators')}"


def mark_speaker(nick: str, target: str | None, channel: str) -> str:
    """Return a nick as logs write it: `ann:@#channel` if the line is restricted (irssi's way), else the nick alone."""
    return f"{nick}:{target}{channel}" if is_restricted(target) else nick


def split_speaker(name: str) -> tuple[str, str | None]:
    """Return nick and target of a speaker, the inverse of `mark_speaker`. No nick contains a colon."""
    match = _SPEAKER.fullmatch(name) if ":" in name else None
    return (match["nick"], match["symbols"]) if match else (name, None)
