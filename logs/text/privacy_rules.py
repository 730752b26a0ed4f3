"""Who and what is not to be kept, as pure rules: the bot asks them before the journal, the archive before its rows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from logs.text.irc_formatting import strip

_PUBLIC = re.compile(r"\bpublic(ly)?\b", re.IGNORECASE)
_LOGGED = re.compile(r"\blog(s|ged|ging)?\b", re.IGNORECASE)

_NEGATED = re.compile(r"\b(no|not|never|none|without|neither|nor|cannot|\w+n['’]t)\b", re.IGNORECASE)
_CLAUSES = re.compile(r"[|.;!?•·—–()\[\]\n]|,\s|\s[-/]+\s")

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


def is_off_record(text: str, prefixes: Iterable[str]) -> bool:
    """Whether a line begins with one of the prefixes, in whatever case, behind blanks and formatting or not."""
    start = strip(text).lstrip(f"{_INVISIBLE} \t\u00a0").casefold()
    return any(start.startswith(prefix.casefold()) for prefix in prefixes if prefix)


def tells_of_logging(text: str, site: str) -> bool:
    """Whether a topic or entry message links to the log, or tells readers that the channel is logged in public.

    "No public logging" tells of the contrary: a part of a sentence with a negation counts for nothing.
    """
    plain = strip(text)
    if re.search(rf"(?<![\w.-]){re.escape(site)}(?![\w-]|\.\w)", plain, re.IGNORECASE):
        return True
    return any(
        _PUBLIC.search(clause) and _LOGGED.search(clause) and not _NEGATED.search(clause)
        for clause in _CLAUSES.split(plain)
    )


class Person(NamedTuple):
    """An account, a nick, or both, folded as their server does; of one channel or (None) of the whole network."""

    channel: int | None
    account: str
    nick: str

    def said(self, channel: int, account: str, nick: str) -> bool:
        """Whether a line is this person's: with an account the account decides, without one the nick."""
        if self.channel is not None and self.channel != channel:
            return False
        if account and self.account:
            return account == self.account
        return bool(self.nick) and nick == self.nick
