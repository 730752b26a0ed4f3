"""Rules for what must not be logged, as pure functions: off-the-record lines and opt-outs.

The bot applies them before the journal, the store before its rows, and statistics before they name somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from unicodedata import category

from logs.text.irc_formatting import strip_formatting
from logs.text.names import fold, fold_account, fold_account_sql, fold_sql

OFF_RECORD_CHARACTERS = 500
"""A prefix that stands further behind is none."""

# The first letter of the Unicode category of what nobody types on purpose: blanks, controls and formats, marks that
# belong to no character before them.
_SKIPPED_CATEGORIES = "ZCM"

# Letters and symbols that look like blanks: Hangul fillers and the empty Braille pattern.
_BLANK_LOOKING = "\u115f\u1160\u2800\u3164\uffa0"


def is_off_record(text: str, prefixes: Iterable[str], bot_nick: str = "") -> bool:
    """Whether a line begins with one of the prefixes, in any case.

    Formatting, blanks and what cannot be seen may stand before it, and so may the bot's nick, as in `botbot: [off]`.
    """
    start = strip_formatting(text[:OFF_RECORD_CHARACTERS]).casefold()
    # Nearly all lines end here: only a text that contains a prefix is worth the search for its beginning.
    folded = [prefix.casefold() for prefix in prefixes if prefix and prefix.casefold() in start]
    if not folded:
        return False
    start = _skip_invisible(start)
    if bot_nick:
        # While its nick is taken the bot adds characters to it.
        address = re.match(rf"@?{re.escape(bot_nick.casefold())}[_`\-\d]*[:,]", start)
        start = _skip_invisible(start[address.end() :]) if address else start
    return start.startswith(tuple(folded))


def _skip_invisible(text: str) -> str:
    for number, character in enumerate(text):
        if category(character)[0] not in _SKIPPED_CATEGORIES and character not in _BLANK_LOOKING:
            return text[number:]
    return ""


class LineNames(NamedTuple):
    """The names in a line, folded: its speaker's account ("" if unknown) and nick, and its target ("" for none)."""

    account: str
    nick: str
    target: str

    @classmethod
    def folded(cls, account: str | None, nick: str, target: str | None, casemapping: str) -> LineNames:
        return cls(fold_account(account or ""), fold(nick, casemapping), fold(target or "", casemapping))


class Person(NamedTuple):
    """Somebody whose lines a rule is about: an account, a nick or both, folded; "" matches nobody.

    `channel` restricts the rule to one channel; None stands for the whole network.
    """

    channel: int | None
    account: str
    nick: str

    def folded(self, casemapping: str) -> Person:
        return self._replace(account=fold_account(self.account), nick=fold(self.nick, casemapping))

    def is_in_line(self, channel: int, names: LineNames) -> bool:
        """Whether a line is said by this person or about them. `opted_out_sql` is the same rule in SQL.

        Two accounts decide where both are known: a nick can be anybody's. Else the nicks decide. An account is never
        compared with a nick. Of a target only the nick is known.
        """
        if self.channel is not None and self.channel != channel:
            return False
        if self.nick and self.nick == names.target:
            return True
        if self.account and names.account:
            return self.account == names.account
        return bool(self.nick) and self.nick == names.nick


def opted_out_sql(*, network: str, channels: str, casemapping: str, account: str, nick: str, target: str = "''") -> str:
    """Return a SQL condition for "somebody in this line has opted out", the rule of `Person.is_in_line`.

    All arguments are SQL expressions, of which none may be NULL; `channels` is an array of channel ids, in any of which
    the opt-out may be.
    """
    line_account, their_account = fold_account_sql(account), fold_account_sql("opt_out.account")
    line_nick, line_target, their_nick = (fold_sql(name, casemapping) for name in (nick, target, "opt_out.nick"))
    return f"""EXISTS (
        SELECT FROM logs_optout AS opt_out WHERE opt_out.network_id = {network}
        AND (opt_out.channel_id IS NULL OR opt_out.channel_id = ANY({channels}))
        AND (
            opt_out.nick <> '' AND {their_nick} = {line_target}
            OR CASE WHEN opt_out.account <> '' AND {account} <> '' THEN {their_account} = {line_account}
               ELSE opt_out.nick <> '' AND {their_nick} = {line_nick} END
        )
    )"""
