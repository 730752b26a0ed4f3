"""Invitations and codes: what people prove to the bot, handed to logs.ownership as the server shows it now.

The database is asked beside the session, never by it: reading the server does not wait.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

import gevent
from django.conf import settings
from django.db import DatabaseError, connection

from bot.connection import ConnectionLostError
from bot.irc.message import Message
from logs import ownership
from logs.codes import holds_code
from logs.ownership import Seen
from logs.text.names import fold, is_channel

if TYPE_CHECKING:
    from bot.session import Session

logger = logging.getLogger(__name__)

GUEST_SECONDS = 60.0
MOST_GUESTS = 5
TRIES, TRY_SECONDS = 5, 60.0
MOST_TRIES = 60
"""Codes taken from one nick, and from a whole network, in TRY_SECONDS; more are not even looked at."""

_GREETING = re.compile(r"\[(\S+)\] (.*)", re.DOTALL)

PRIVATE_MODES = frozenset("sikp")


@dataclass(slots=True)
class Guest:
    """A channel that we were invited to and do not log yet; `modes` come after the names."""

    name: str
    nick: str
    account: str
    since: float = field(default_factory=monotonic)


@dataclass(slots=True)
class Claim:
    nick: str
    account: str
    text: str


class Tries:
    """How many codes came lately."""

    def __init__(self) -> None:
        self._times: defaultdict[str, deque[float]] = defaultdict(deque)

    def allow(self, nick: str) -> bool:
        now = monotonic()
        for key in list(self._times):
            while self._times[key] and now - self._times[key][0] > TRY_SECONDS:
                self._times[key].popleft()
            if not self._times[key]:
                del self._times[key]
        if len(self._times[""]) >= MOST_TRIES or len(self._times[f"nick {nick}"]) >= TRIES:
            return False
        self._times[""].append(now)
        self._times[f"nick {nick}"].append(now)
        return True


class Proofs:
    """For one session. `may_act` tells whether this bot is the one that answers."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.may_act: Callable[[], bool] = lambda: True
        self._guests: dict[str, Guest] = {}
        self._claims: defaultdict[str, list[Claim]] = defaultdict(list)
        self._symbols: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._greetings: dict[str, str] = {}
        self._by_nick: set[str] = set()
        self._tries = Tries()

    def invited(self, message: Message) -> None:
        """INVITE us #channel: goes there to see who it was. Invitations of others are none of our business."""
        name, nick = message.param(1), message.nick
        if not (self.session.me(message.param(0)) and is_channel(name) and nick and self.may_act()):
            return
        if not self.session.network.inviting:
            self._tell(nick, f"On this network administrators add channels: see {settings.SITE_URL}/about/")
        elif len(self._guests) >= MOST_GUESTS:
            self._tell(nick, "Too many invitations at once: please invite me again in a minute.")
        else:
            self._guests[self._fold(name)] = Guest(name, nick, message.tags.get("account", ""))
            self._symbols.pop(self._fold(name), None)
            self.session.send(*(("NAMES", name) if self.session.members.is_in(name) else ("JOIN", name)))
            self.session.send("MODE", name)

    def expects(self, name: str) -> bool:
        """Whether we are in a channel, or may be, although it is not wanted."""
        return self._fold(name) in self._guests

    def names(self, name: str, nick: str, symbols: str) -> None:
        key = self._fold(name)
        if key in self._guests or key in self._claims:
            self._symbols[key][self._fold(nick)] = symbols

    def names_end(self, name: str) -> None:
        """All names are known: codes that were said in the channel are decided."""
        key = self._fold(name)
        symbols = self._symbols[key] if key in self._guests else self._symbols.pop(key, {})
        for claim in self._claims.pop(key, []):
            seen = Seen(self.session.network.id, claim.nick, claim.account, symbols.get(self._fold(claim.nick), ""))
            self._remember(seen)
            self._ask(partial(ownership.claim_by_code, seen, name, claim.text), name)

    def modes(self, name: str, modes: str) -> None:
        """The modes are known, which we asked for after the names: an invitation is decided."""
        guest = self._guests.get(self._fold(name))
        if guest is None or not self.session.members.is_in(name):
            return
        symbols = self._symbols.pop(self._fold(name), {}).get(self._fold(guest.nick), "")
        seen = Seen(self.session.network.id, guest.nick, guest.account, symbols)
        private = not PRIVATE_MODES.isdisjoint(modes)
        if seen.is_operator:
            self._ask(lambda: ownership.claim_by_invite(seen, guest.name, private=private), guest.name)
        else:
            self._tell(guest.nick, f"I log {name} only if an operator of the channel invites me.")
            self.leave(name, "invited by no operator")

    def said_in_channel(self, name: str, message: Message) -> bool:
        """Whether the line held a code, which is then looked at and not recorded."""
        if not holds_code(message.param(1)) or not self.may_act():
            return False
        if self._tries.allow(self._fold(message.nick)):
            self._claims[self._fold(name)].append(
                Claim(message.nick, message.tags.get("account", ""), message.param(1))
            )
            self.session.send("NAMES", name)
        return True

    def said_in_private(self, message: Message) -> bool:
        """Whether it was a code or concerned a sign-in."""
        seen = Seen(self.session.network.id, message.nick, message.tags.get("account", ""))
        text = message.param(1)
        signs_out = text.strip().casefold() == "sign out"
        if not (holds_code(text) or signs_out):
            return False
        if self.may_act() and self._tries.allow(self._fold(message.nick)):
            self._remember(seen)
            self._ask(lambda: ownership.sign_out(seen) if signs_out else ownership.sign_in(seen, text), message.nick)
        return True

    def entry_message(self, message: Message) -> None:
        """Services greet whoever joins: `[#channel] words`. From anybody else that means nothing."""
        match = _GREETING.fullmatch(message.param(1))
        if match is None or message.nick.casefold() != "chanserv" or not message.host.startswith("services"):
            return
        name, words = match[1], match[2]
        channel = self.session.channels.get(name)
        if channel is not None and self.may_act():
            self._ask(partial(ownership.entry_message_is, channel.id, words), "")
        elif self.expects(name):
            self._greetings[self._fold(name)] = words

    def gone(self, nick: str) -> None:
        """A nick has left IRC or become another: what it alone has proven is over."""
        if self._fold(nick) in self._by_nick:
            self._by_nick.discard(self._fold(nick))
            self._ask(partial(ownership.nick_is_gone, self.session.network.id, nick), "")

    def stopped(self, channel: int, why: str) -> None:
        """We were thrown out of a channel for good."""
        if self.may_act():
            self._ask(lambda: ownership.stopped(channel, why), "")

    def welcome(self, name: str) -> None:
        """A channel that we are a guest in has become a wanted one."""
        self._guests.pop(self._fold(name), None)
        words, channel = self._greetings.pop(self._fold(name), None), self.session.channels.get(name)
        if words is not None and channel is not None:
            self._ask(partial(ownership.entry_message_is, channel.id, words), "")

    def leave(self, name: str, reason: str) -> None:
        if self._guests.pop(self._fold(name), None) and self.session.channels.get(name) is None:
            self.session.members.close(name)
            self.session.send("PART", name, reason)

    def look(self) -> None:
        """Leaves channels where nothing came of an invitation."""
        for guest in list(self._guests.values()):
            if monotonic() - guest.since > GUEST_SECONDS:
                self.leave(guest.name, "nothing to log here")

    def _remember(self, seen: Seen) -> None:
        if not seen.account:
            self._by_nick.add(self._fold(seen.nick))

    def _ask(self, question: Callable[[], object], answer_to: str) -> None:
        gevent.spawn(self._asked, question, answer_to)

    def _asked(self, question: Callable[[], object], answer_to: str) -> None:
        try:
            answer: object = question()
        except DatabaseError as error:
            logger.warning("%s: no answer to %s: %s", self.session.network.name, answer_to, error)
            answer = "I cannot reach my memory at the moment: please try again in a minute."
        finally:
            connection.close()
        if isinstance(answer, str) and answer_to:
            self._tell(answer_to, answer)

    def _tell(self, target: str, sentence: str) -> None:
        """In a channel as a message, to a person as a notice."""
        try:
            self.session.send("PRIVMSG" if is_channel(target) else "NOTICE", target, sentence)
        except ConnectionLostError as error:
            logger.info("%s: %s was not told: %s", self.session.network.name, target, error)

    def _fold(self, name: str) -> str:
        return fold(name, self.session.isupport.casemapping)
