"""Rules for what must not be logged, as pure functions: off-the-record and restricted lines, and opt-outs.

The bot applies them before the journal, the store before its rows, and statistics before they name somebody.

A restricted line is said to some members of a channel only, such as its operators. On IRC its target is the channel
with the symbol of a rank before it, as `@#channel` (STATUSMSG, https://modern.ircdocs.horse/#statusmsg-parameter). A
line keeps the symbols as its target.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from unicodedata import category, normalize

from logs.text.irc_formatting import remove_codes
from logs.text.names import fold, fold_account, fold_account_sql, fold_sql, parse_bridged

OFF_RECORD_CHARACTERS = 500
"""A prefix that stands further behind is none."""

# First letters of the Unicode categories of what cannot be seen by itself: controls and formats, and marks.
_INVISIBLE_CATEGORIES = "CM"

# Letters and symbols that look like blanks: Hangul fillers and the empty Braille pattern.
_BLANK_LOOKING = "\u115f\u1160\u2800\u3164\uffa0"

SHORTENED_NICK = 4
"""Characters that a server with short nicks leaves of the bot's at least."""

_BLANKS_IN_BRACKETS = re.compile(r"(?<=[\[({<]) +|(?<! ) +(?=[\])}>])")
_AFTER_NICK = ":;,>、 "

_NICK_SUFFIX = "_`^|-0123456789"
"""What the bot adds to its nick while another has it."""


def is_off_record(text: str, prefixes: Iterable[str], bot_nick: str = "") -> bool:
    """Whether a line begins with one of the prefixes, in any case and width of its characters.

    Formatting, blanks and what cannot be seen may stand before it and in it. Before it may also stand the bot's nick,
    as in `botbot: [off]` or `@botbot [off]`, and the speaker whom a bridge names, as in `<ann> [off]`.
    `off_record_patterns` finds the lines that this can be true of.
    """
    start = text[:OFF_RECORD_CHARACTERS]
    if _begins_with(start, prefixes, bot_nick):
        return True
    bridged = parse_bridged(start) if "<" in start else None
    return bridged is not None and _begins_with(bridged.text, prefixes, bot_nick)


def _begins_with(text: str, prefixes: Iterable[str], bot_nick: str) -> bool:
    # Not only formatting codes: other controls cannot be seen either, and clients skip them.
    start = _fold_compatible(remove_codes(text))
    folded = [prefix for prefix in map(_fold_compatible, prefixes) if prefix]
    # Nearly all lines end here: only a text with all characters of a prefix is worth the search for its beginning.
    folded = [prefix for prefix in folded if all(character in start for character in prefix)]
    if not folded:
        return False
    start = _BLANKS_IN_BRACKETS.sub("", _drop_invisible(start).lstrip())
    folded = [_drop_invisible(prefix) for prefix in folded]
    nick = _fold_compatible(bot_nick)
    while not start.startswith(tuple(folded)):
        rest = _skip_address(start, nick)
        if rest == start:
            return False
        start = rest
    return True


def off_record_patterns(prefixes: Iterable[str]) -> list[str]:
    """Return a pattern of LIKE for each prefix that the NFKC form of every line off the record matches.

    The patterns name signs and digits only, which have one case.
    """
    signs = [
        [sign for sign in _fold_compatible(prefix) if sign.isascii() and not sign.isalpha()] for prefix in prefixes
    ]
    return ["".join(f"%\\{sign}" for sign in row) + "%" for row in signs]


def _fold_compatible(text: str) -> str:
    # One mark, the iota below a letter, would become a letter.
    return text.casefold() if text.isascii() else normalize("NFKC", text).replace("\u0345", "").casefold()


def _drop_invisible(text: str) -> str:
    return "".join(
        " " if character.isspace() or character in _BLANK_LOOKING else character
        for character in text
        if character.isspace() or category(character)[0] not in _INVISIBLE_CATEGORIES
    )


def _skip_address(text: str, nick: str) -> str:
    """Return a folded line without the bot's nick at its beginning, as whole or as shortened as servers make it."""
    # A nick that may not begin with a digit begins with "_".
    name, nick = text.lstrip("@_"), nick.lstrip("_")
    pairs = enumerate(zip(name, nick, strict=False))
    length = next((number for number, (one, other) in pairs if one != other), min(len(name), len(nick)))
    if not nick or length < min(len(nick), SHORTENED_NICK):
        return text
    return name[length:].lstrip(_NICK_SUFFIX).lstrip(_AFTER_NICK)


def is_off_record_sign(prefix: str) -> bool:
    """Whether nobody begins a line with this by chance: two characters or more, one of them no letter and no digit."""
    return len(prefix) > 1 and not prefix.isalnum()


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
