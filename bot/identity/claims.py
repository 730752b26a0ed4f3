"""What people prove to the bot, handed to logs.accounts.ownership as the server shows it now.

That is codes, invitations, and whose nick still means the same connection.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from bot.identity.db_queue import Questions
from bot.identity.invites import Invitations, is_private
from bot.identity.whois import Found, Lookups
from bot.irc.message import Message
from bot.throttle import Tries
from logs.accounts import identity, ownership
from logs.accounts.codes import holds_code
from logs.accounts.identity import Answer, Seen
from logs.text.names import fold

if TYPE_CHECKING:
    from bot.session import Session

TRIES, TRY_SECONDS = 5, 60.0
MOST_TRIES = 60
"""Codes taken from one nick, and from a whole network, in TRY_SECONDS; more are not even looked at."""

STILL_THERE_SECONDS = 30.0
"""How often the server is asked whether a nick that alone proved something is still the same connection: we see it
leave only where we share a channel."""

_GREETING = re.compile(r"\[(\S+)\] (.*)", re.DOTALL)


@dataclass(slots=True)
class Claim:
    nick: str
    account: str
    text: str


class Proofs:
    """For one session. `may_act` tells whether this bot is the one that answers."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.may_act: Callable[[], bool] = lambda: True
        self.questions = Questions(session)
        self.lookups = Lookups(session)
        self.invitations = Invitations(session, self.questions, self.lookups)
        self._claims: defaultdict[str, list[Claim]] = defaultdict(list)
        self._symbols: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._named: set[str] = set()
        self._by_nick: dict[str, tuple[str, ...]] = {}
        self._looked_at = monotonic()
        self._tries = Tries(TRIES, MOST_TRIES, TRY_SECONDS)

    def connected(self) -> None:
        """A new connection: who held a nick meanwhile nobody knows."""
        if self.may_act():
            self.questions.ask(partial(identity.nicks_are_gone, self.session.network.id))

    def invited(self, message: Message) -> None:
        if self.may_act():
            self.invitations.invited(message)

    def expects(self, name: str) -> bool:
        """Whether we are in a channel, or may be, although it is not wanted."""
        return self.invitations.here(name) is not None

    def names(self, name: str, nick: str, symbols: str) -> None:
        guest = self.invitations.here(name)
        if guest is not None:
            guest.symbols[self._fold(nick)] = symbols
        if self._fold(name) in self._claims:
            self._symbols[self._fold(name)][self._fold(nick)] = symbols

    def names_end(self, name: str) -> None:
        """All names are known: codes that were said in the channel are decided, unless it is new and its modes are to
        come."""
        guest = self.invitations.here(name)
        if guest is None or guest.decided:
            self._decide_claims(name, private=False)
        elif self._fold(name) in self._claims:
            self._named.add(self._fold(name))

    def modes(self, name: str, modes: str) -> None:
        """The modes are known, which we asked for after the names: all that concerns a new channel is decided."""
        guest = self.invitations.here(name)
        if guest is None or not self.session.members.is_in(name):
            return
        invited = guest.decided or self.invitations.decide(guest, modes)
        claimed = self._fold(name) in self._named and self._decide_claims(name, private=is_private(modes))
        guest.decided = invited or claimed
        if not guest.decided:
            self.invitations.refuse(guest)
        guest.symbols.clear()

    def said_in_channel(self, name: str, message: Message) -> bool:
        """Whether the line held a code, which is then looked at and not recorded."""
        text, nick = message.param(1), message.nick
        if not holds_code(text) or not self.may_act():
            return False
        if self._tries.allow(self._fold(nick)):
            self.lookups.account(nick, message.tags.get("account", ""), partial(self._claimed, name, nick, text))
        return True

    def said_in_private(self, message: Message) -> bool:
        """Whether it was a code or concerned a sign-in."""
        text, nick = message.param(1), message.nick
        if not (holds_code(text) or _signs_out(text)):
            return False
        if self.may_act() and self._tries.allow(self._fold(nick)):
            self.lookups.account(nick, message.tags.get("account", ""), partial(self._signs, nick, text))
        return True

    def entry_message(self, message: Message) -> None:
        """Services greet whoever joins: `[#channel] words`. From anybody else that means nothing."""
        match = _GREETING.fullmatch(message.param(1))
        if match is None or message.nick.casefold() != "chanserv" or not message.host.startswith("services"):
            return
        name, words = match[1], match[2]
        channel, guest = self.session.channels.get(name), self.invitations.here(name)
        if channel is not None and self.may_act():
            self.questions.ask(partial(ownership.entry_message_is, channel.id, words))
        elif guest is not None:
            guest.greeting = words

    def gone(self, nick: str) -> None:
        """A nick has left IRC or become another: what it alone has proven is over, what it was about to prove too."""
        self.lookups.forget(nick)
        for key, claims in list(self._claims.items()):
            self._claims[key] = [claim for claim in claims if self._fold(claim.nick) != self._fold(nick)]
        if self._by_nick.pop(self._fold(nick), None) is not None:
            self.questions.ask(partial(identity.nick_is_gone, self.session.network.id, nick))

    def stopped(self, channel: int, why: str, present: Collection[str] = ()) -> None:
        """We were thrown out of a channel for good. Those of its owners who were there (`present`, folded) are told."""
        if self.may_act():
            self.questions.ask(partial(self._stop, channel, why, present))

    def welcome(self, name: str) -> None:
        """A channel that we are a guest in has become a wanted one."""
        words, channel = self.invitations.welcome(name), self.session.channels.get(name)
        if self._fold(name) in self._named:
            self._decide_claims(name, private=False)
        if words is not None and channel is not None:
            self.questions.ask(partial(ownership.entry_message_is, channel.id, words))

    def look(self) -> None:
        """Called every second or so."""
        self.lookups.look()
        self.invitations.look()
        if monotonic() - self._looked_at > STILL_THERE_SECONDS:
            self._looked_at = monotonic()
            for nick in list(self._by_nick):
                self.lookups.whois(nick, partial(self._still_there, nick))

    def _signs(self, nick: str, text: str, account: str) -> None:
        seen = Seen(self.session.network.id, nick, account)
        self._remember(seen)
        act = identity.sign_out if _signs_out(text) else partial(identity.sign_in, text=text)
        self.questions.ask(partial(act, seen), nick)

    def _claimed(self, name: str, nick: str, text: str, account: str) -> None:
        self._claims[self._fold(name)].append(Claim(nick, account, text))
        self.session.send("NAMES", name)
        guest = self.invitations.here(name)
        if guest is not None and not guest.decided:
            self.session.send("MODE", name)

    def _decide_claims(self, name: str, *, private: bool) -> bool:
        """Whether one of those who said a code is an operator."""
        self._named.discard(self._fold(name))
        symbols, operators = self._symbols.pop(self._fold(name), {}), False
        for claim in self._claims.pop(self._fold(name), []):
            seen = Seen(self.session.network.id, claim.nick, claim.account, symbols.get(self._fold(claim.nick), ""))
            self._remember(seen)
            claimed = partial(ownership.claim_by_code, seen, name, claim.text, private=private)
            self.questions.ask(claimed, claim.nick, name)
            operators = operators or seen.is_operator
        return operators

    def _stop(self, channel: int, why: str, present: Collection[str]) -> Answer | None:
        sentence, owners = ownership.stopped(channel, why)
        for nick in owners:
            if self._fold(nick) in present:
                self.questions.tell(nick, sentence)
        return None

    def _remember(self, seen: Seen) -> None:
        if not seen.account:
            self._by_nick.setdefault(self._fold(seen.nick), ())

    def _still_there(self, nick: str, found: Found) -> None:
        known = self._by_nick.get(nick)
        if known is None or found.there is None:
            return
        if not found.there or (known and known != found.connection):
            self.gone(nick)
        else:
            self._by_nick[nick] = found.connection

    def _fold(self, name: str) -> str:
        return fold(name, self.session.isupport.casemapping)


def _signs_out(text: str) -> bool:
    return text.strip().casefold() == "sign out"
