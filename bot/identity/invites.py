"""Invitations to channels that are not logged yet: who invited the bot, and whether that person may.

https://modern.ircdocs.horse/#invite-message. The bot looks the inviter up first. If the server shows the inviter in
the channel without an operator's symbol, the bot does not go there. If it shows nothing (a secret channel), the bot
joins and looks, as the invitation allows, and leaves again if the inviter is no operator. Where a reply can be read in
two ways, because a character such as `&` is both a symbol and the beginning of a channel's name, it asks NAMES first.
Before it decides, it looks the inviter up once more: until it is in the channel it does not see who takes the nick.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

from django.conf import settings

from bot.channels import Channels
from bot.identity.db_queue import DatabaseQueue
from bot.identity.whois import WhoisLookups, WhoisResult
from bot.irc.isupport import Isupport
from bot.irc.message import Message, Send
from bot.members import Members
from bot.nickname import Nickname
from logs.accounts import ownership
from logs.accounts.identity import IrcUser, Reply
from logs.text.names import is_channel

VISIT_SECONDS = 60.0
MAX_PENDING = 5
PRIVATE_MODES = frozenset("sikp")

NOT_ACCEPTED = "On this network administrators add channels: see {}/about/"
TOO_MANY = "Too many invitations at once: please invite me again in a minute."
NO_OPERATOR = "I log {} only if an operator of the channel invites me."


@dataclass(slots=True)
class Visit:
    """A channel that we join, or are in, because of an invitation.

    `connection` is that of the inviter: user and host, and what else WHOIS showed; empty if unknown. `symbols` are
    those of its members by folded nick, collected from NAMES until the modes arrive. `is_decided`: whether the bot may
    stay, because of the invitation or of a code. `is_submitted`: whether the inviter's claim is on its way.
    """

    name: str
    nick: str
    account: str
    connection: tuple[str, ...] = ()
    symbols: dict[str, str] = field(default_factory=dict)
    is_decided: bool = False
    is_submitted: bool = False
    since: float = field(default_factory=monotonic)


class Invites:
    """The invitations of one session. `is_accepting`: whether the network's administrators allow them."""

    def __init__(
        self,
        *,
        network_id: int,
        isupport: Isupport,
        nickname: Nickname,
        members: Members,
        channels: Channels,
        queue: DatabaseQueue,
        lookups: WhoisLookups,
        send: Send,
    ) -> None:
        self.is_accepting = False
        self._network_id = network_id
        self._isupport = isupport
        self._nickname = nickname
        self._members = members
        self._channels = channels
        self._queue = queue
        self._lookups = lookups
        self._send = send
        self._pending: defaultdict[str, set[str]] = defaultdict(set)
        self._visits: dict[str, Visit] = {}
        self._questions: dict[str, Visit] = {}

    def handle_invite(self, message: Message) -> None:
        """Process INVITE; invitations of others (invite-notify) are ignored."""
        name, nick = message.param(1), message.nick
        source = (message.user, message.host) if message.host else ()
        if not (self._nickname.is_own_nick(message.param(0)) and is_channel(name) and nick):
            return
        if not self.is_accepting:
            self._queue.send_sentence(nick, NOT_ACCEPTED.format(settings.SITE_URL))
        # Visits are joins that anybody can cause, so there are few at a time.
        elif len(self._visits) + len(self._questions) + sum(map(len, self._pending.values())) >= MAX_PENDING:
            self._queue.send_sentence(nick, TOO_MANY)
        elif self._members.is_joined(name):
            visit = partial(self._start_visit, name, nick, connection=source)
            self._lookups.find_account(nick, message.tags.get("account", ""), visit)
        else:
            self._pending[self._isupport.fold(name)].add(nick)
            account_tag = message.tags.get("account", "")
            self._lookups.find(nick, partial(self._handle_whois, name, nick, account_tag, source))

    def find_visit(self, name: str) -> Visit | None:
        return self._visits.get(self._isupport.fold(name))

    def handle_name(self, name: str, nick: str, symbols: str) -> None:
        """Process one member of a channel from a reply to NAMES."""
        key = self._isupport.fold(name)
        for visit in (self._visits.get(key), self._questions.get(key)):
            if visit is not None:
                visit.symbols[self._isupport.fold(nick)] = symbols

    def handle_names_end(self, name: str) -> None:
        """Visit a channel if NAMES shows its inviter as an operator, where WHOIS left that open."""
        question = self._questions.pop(self._isupport.fold(name), None)
        if question is None:
            return
        symbols = question.symbols.get(self._isupport.fold(question.nick), "")
        if IrcUser(self._network_id, question.nick, question.account, symbols).is_operator:
            self._start_visit(question.name, question.nick, question.account, question.connection)
        else:
            self._queue.send_sentence(question.nick, NO_OPERATOR.format(question.name))

    def confirm_inviter(self, visit: Visit, modes: str) -> bool:
        """Submit the inviter's claim to the channel, now that its modes are known, after another look at the inviter.

        Return False if NAMES shows them as no operator.
        """
        symbols = visit.symbols.get(self._isupport.fold(visit.nick), "")
        user = IrcUser(self._network_id, visit.nick, visit.account, symbols)
        if not user.is_operator:
            return False
        claim = partial(ownership.claim_by_invite, user, visit.name, private=is_private(modes))
        self._lookups.find(visit.nick, partial(self._submit_claim, visit, claim))
        return True

    def refuse(self, visit: Visit) -> None:
        self._queue.send_sentence(visit.nick, NO_OPERATOR.format(visit.name))
        self._end_visit(visit.name, "invited by no operator")

    def adopt(self, name: str) -> None:
        """End the visit to a channel that is wanted now."""
        self._visits.pop(self._isupport.fold(name), None)

    def forget_nick(self, nick: str) -> None:
        """End what waits for an inviter who has left or renamed: the next holder of the nick did not invite us.

        The account that was looked up belongs to the inviter, and the symbols that NAMES shows to whoever has the nick.
        """
        for key, question in list(self._questions.items()):
            if self._isupport.is_same_name(question.nick, nick):
                del self._questions[key]
        for visit in list(self._visits.values()):
            if self._isupport.is_same_name(visit.nick, nick) and not visit.is_decided:
                self._end_visit(visit.name, "whoever invited me has left")

    def tick(self) -> None:
        """Leave channels whose invitation came to nothing; called about every second."""
        for visit in list(self._visits.values()):
            if monotonic() - visit.since > VISIT_SECONDS:
                self._end_visit(visit.name, "nothing to log here")
        for key, question in list(self._questions.items()):
            if monotonic() - question.since > VISIT_SECONDS:
                del self._questions[key]

    def _end_visit(self, name: str, reason: str) -> None:
        # The channel may have become a wanted one in the meantime; then we stay.
        if self._visits.pop(self._isupport.fold(name), None) and self._channels.get(name) is None:
            self._members.close_channel(name)
            self._send("PART", name, reason)

    def _handle_whois(
        self, name: str, nick: str, account_tag: str, source: tuple[str, ...], result: WhoisResult
    ) -> None:
        self._pending[self._isupport.fold(name)].discard(nick)
        # Somebody who has left cannot be answered; without a reply (None) the visit shows what the inviter may do.
        if result.exists is False or (result.exists and not _is_same_connection(source, result)):
            return
        connection = result.connection or source
        account = account_tag or result.account
        readings = self._find_readings(name, result)
        is_operator = [IrcUser(self._network_id, nick, account, symbols).is_operator for symbols in readings]
        if not readings or all(is_operator):
            self._start_visit(name, nick, account, connection)
        elif any(is_operator):
            # Only NAMES tells the readings apart: a nick begins with no symbol.
            self._questions[self._isupport.fold(name)] = Visit(name, nick, account, connection)
            self._send("NAMES", name)
        else:
            self._queue.send_sentence(nick, NO_OPERATOR.format(name))

    def _submit_claim(self, visit: Visit, claim: Callable[[], Reply | None], result: WhoisResult) -> None:
        """Submit a claim if the nick still belongs to the connection that invited us, and to an operator.

        NAMES has shown the symbols of whoever had the nick then. Since then we have been in the channel with them and
        see them leave or rename, which drops the lookup (`forget_nick`): so it is one person if WHOIS agrees now.
        """
        if visit.is_submitted:
            return
        readings = self._find_readings(visit.name, result)
        is_operator = not readings or any(
            IrcUser(self._network_id, visit.nick, visit.account, symbols).is_operator for symbols in readings
        )
        is_same = _is_same_connection(visit.connection, result)
        if is_same and is_operator and self._members.has(visit.name, visit.nick):
            visit.is_submitted = visit.is_decided = True
            self._queue.submit(claim, visit.nick, visit.name)
        elif not visit.is_decided:
            self._end_visit(visit.name, "whoever invited me has left, or is no operator")

    def _find_readings(self, name: str, result: WhoisResult) -> list[str]:
        """Return the symbols that a channel may have in a reply to WHOIS, "" for none; empty if it is not shown.

        A word that may also be another channel, such as `&#c` for `#c`, counts as "" besides.
        """
        found: list[str] = []
        for word in result.channels:
            readings = self._isupport.split_symbols(word)
            symbols = [before for before, channel in readings if self._isupport.is_same_name(channel, name)]
            if symbols and len(readings) == 1:
                return symbols
            found += symbols
        return [*found, ""] if found else []

    def _start_visit(self, name: str, nick: str, account: str, connection: tuple[str, ...]) -> None:
        self._visits[self._isupport.fold(name)] = Visit(name, nick, account, connection)
        self._send(*(("NAMES", name) if self._members.is_joined(name) else ("JOIN", name)))
        # The reply to MODE comes after the names, so with it everything about the channel is known.
        self._send("MODE", name)


def _is_same_connection(known: tuple[str, ...], result: WhoisResult) -> bool:
    """Whether a reply to WHOIS is about a connection of which this is known: user and host, perhaps the sign-on time.

    A server that does not answer WHOIS at all shows no sign-on time in the first place; there NAMES has to be enough.
    """
    if result.exists is None:
        return len(known) <= len(("user", "host"))
    return result.exists and result.connection[: len(known)] == known


def is_private(modes: str) -> bool:
    """Whether channel modes say that the channel is not open to everybody."""
    return not PRIVATE_MODES.isdisjoint(modes)
