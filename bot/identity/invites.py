"""Channels that we were invited to and do not log yet: who invited, whether they may, and what else is known of them.

https://modern.ircdocs.horse/#invite-message. The server is asked about the inviter first. Whom it shows in the channel
without an operator's sign has invited in vain: we do not go there. Where it shows nothing (a secret channel) we go and
look, as the invitation allows, and leave again if it was no operator's.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from django.conf import settings

from bot.identity.db_queue import Questions
from bot.identity.whois import Found, Lookups
from bot.irc.message import Message
from logs.accounts import ownership
from logs.accounts.identity import Seen
from logs.text.names import fold, is_channel

if TYPE_CHECKING:
    from bot.session import Session

GUEST_SECONDS = 60.0
MOST_GUESTS = 5

PRIVATE_MODES = frozenset("sikp")

NO_OPERATOR = "I log {} only if an operator of the channel invites me."


@dataclass(slots=True)
class Guest:
    """A channel that we were invited to; `symbols` and at last the modes are what we see when we are there."""

    name: str
    nick: str
    account: str
    symbols: dict[str, str] = field(default_factory=dict)
    greeting: str | None = None
    decided: bool = False
    since: float = field(default_factory=monotonic)


class Invitations:
    """For one session."""

    def __init__(self, session: Session, questions: Questions, lookups: Lookups) -> None:
        self.session = session
        self._questions = questions
        self._lookups = lookups
        self._asked: defaultdict[str, set[str]] = defaultdict(set)
        self.guests: dict[str, Guest] = {}

    def invited(self, message: Message) -> None:
        """INVITE us #channel. Invitations of others are none of our business."""
        name, nick = message.param(1), message.nick
        if not (self.session.me(message.param(0)) and is_channel(name) and nick):
            return
        if not self.session.network.inviting:
            self._questions.tell(nick, f"On this network administrators add channels: see {settings.SITE_URL}/about/")
        elif len(self.guests) + sum(map(len, self._asked.values())) >= MOST_GUESTS:
            self._questions.tell(nick, "Too many invitations at once: please invite me again in a minute.")
        elif self.session.members.is_in(name):
            self._lookups.account(nick, message.tags.get("account", ""), partial(self._come, name, nick))
        else:
            self._asked[self._fold(name)].add(nick)
            self._lookups.whois(nick, partial(self._found, name, nick, message.tags.get("account", "")))

    def here(self, name: str) -> Guest | None:
        return self.guests.get(self._fold(name))

    def decide(self, guest: Guest, modes: str) -> bool:
        """The modes are known, which we asked for after the names: whether whoever invited us may do that."""
        symbols = guest.symbols.get(self._fold(guest.nick), "")
        seen = Seen(self.session.network.id, guest.nick, guest.account, symbols)
        if not seen.is_operator:
            return False
        self._questions.ask(
            partial(ownership.claim_by_invite, seen, guest.name, private=is_private(modes)), guest.nick, guest.name
        )
        return True

    def refuse(self, guest: Guest) -> None:
        self._questions.tell(guest.nick, NO_OPERATOR.format(guest.name))
        self.leave(guest.name, "invited by no operator")

    def welcome(self, name: str) -> str | None:
        """A channel that we are a guest in has become a wanted one; what services said when we came."""
        guest = self.guests.pop(self._fold(name), None)
        return guest.greeting if guest else None

    def leave(self, name: str, reason: str) -> None:
        if self.guests.pop(self._fold(name), None) and self.session.channels.get(name) is None:
            self.session.members.close(name)
            self.session.send("PART", name, reason)

    def look(self) -> None:
        """Leaves channels where nothing came of an invitation."""
        for guest in list(self.guests.values()):
            if monotonic() - guest.since > GUEST_SECONDS:
                self.leave(guest.name, "nothing to log here")

    def _found(self, name: str, nick: str, account: str, found: Found) -> None:
        """The server has told what it shows of the inviter."""
        self._asked[self._fold(name)].discard(nick)
        shown = self._shown(name, found)
        if found.there is False:
            return
        if shown is not None and not Seen(self.session.network.id, nick, account, shown).is_operator:
            self._questions.tell(nick, NO_OPERATOR.format(name))
            return
        self._come(name, nick, account or found.account)

    def _shown(self, name: str, found: Found) -> str | None:
        """The symbols that stand before a channel in an answer to WHOIS; None where it is not shown."""
        symbols = "".join(self.session.isupport.prefixes)
        for word in found.channels if name.startswith("#") else ():
            before = word[: len(word) - len(name)]
            if self._fold(word) == self._fold(before + name) and not before.strip(symbols):
                return before
        return None

    def _come(self, name: str, nick: str, account: str) -> None:
        self.guests[self._fold(name)] = Guest(name, nick, account)
        self.session.send(*(("NAMES", name) if self.session.members.is_in(name) else ("JOIN", name)))
        self.session.send("MODE", name)

    def _fold(self, name: str) -> str:
        return fold(name, self.session.isupport.casemapping)


def is_private(modes: str) -> bool:
    return not PRIVATE_MODES.isdisjoint(modes)
