"""What people prove to the bot, passed on to logs.accounts with what the server shows of them at that moment.

That is codes from the site, said in private (to sign in) or in a channel (to claim it), invitations, and whether a
nick is still the same connection as when it proved something.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from django.db import DatabaseError

from bot.connection import ConnectionLostError
from bot.identity.db_queue import DatabaseQueue
from bot.identity.invites import Invites, is_private
from bot.identity.nick_proofs import NickProofs
from bot.identity.whois import WhoisLookups
from bot.irc.isupport import Isupport
from bot.irc.message import Message, Send
from bot.members import Members
from bot.throttle import AttemptLimit
from logs.accounts import codes, identity, ownership
from logs.accounts.codes import contains_code
from logs.accounts.identity import IrcUser, Reply

logger = logging.getLogger(__name__)

MAX_WAITING_PER_NICK = 5
MAX_WAITING = 200
"""Codes that wait for the database at one time; any more are ignored."""

WINDOW_SECONDS = 60.0
MAX_TRIES_PER_CODE = 5
"""How often the first part of a valid code may be said in this time."""

MAX_REFUSALS_PER_NICK = 2
MAX_REFUSALS = 10
"""Codes that nobody waits for and that are answered, in this time. More answers would hold up all others."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    nick: str
    text: str
    page: str
    on_open: Callable[[], None]


class CodeChecks:
    """Whether codes that people say wait for them, for one session: asked before the server is asked who that is.

    What is limited in all are only codes that nobody waits for.

    So people who invent codes, however many they are, keep nobody from saying one that a page shows.
    """

    def __init__(self, network_id: int, isupport: Isupport, queue: DatabaseQueue) -> None:
        self._network_id = network_id
        self._isupport = isupport
        self._queue = queue
        self._waiting: list[_Waiting] = []
        self._tries = AttemptLimit(MAX_TRIES_PER_CODE, codes.MAX_OPEN_CODES, WINDOW_SECONDS)
        self._refusals = AttemptLimit(MAX_REFUSALS_PER_NICK, MAX_REFUSALS, WINDOW_SECONDS)

    def check(self, nick: str, text: str, page: str, on_open: Callable[[], None]) -> None:
        """Call `on_open` if the code in a text waits, unless the nick is forgotten before; else refuse it.

        `page` is where people get a new code.
        """
        key = self._isupport.fold(nick)
        count = sum(waiting.nick == key for waiting in self._waiting)
        if count < MAX_WAITING_PER_NICK and len(self._waiting) < MAX_WAITING:
            waiting = _Waiting(key, text, page, on_open)
            self._waiting.append(waiting)
            self._queue.submit(partial(self._decide, waiting), nick)

    def forget(self, nick: str, page: str = "") -> None:
        """Drop the codes of a nick, or those for a page: the next one with that nick may be somebody else."""
        key = self._isupport.fold(nick)
        self._waiting = [waiting for waiting in self._waiting if waiting.nick != key or (page and waiting.page != page)]

    def _decide(self, waiting: _Waiting) -> Reply | None:
        try:
            selector = codes.find_open(self._network_id, waiting.text)
        except DatabaseError:
            if not self._refusals.allow(waiting.nick):
                return None
            raise
        finally:
            is_forgotten = waiting not in self._waiting
            if not is_forgotten:
                self._waiting.remove(waiting)
        if is_forgotten:
            return None
        if not selector:
            is_answered = self._refusals.allow(waiting.nick)
            return identity.refuse_code(self._network_id, waiting.page) if is_answered else None
        if self._tries.allow(selector):
            try:
                waiting.on_open()
            except ConnectionLostError as error:
                logger.info("a code of %s is not examined: %s", waiting.nick, error)
        return None


MAX_ATTEMPTS_PER_NICK = 5
MAX_ATTEMPTS = 60
ATTEMPT_WINDOW_SECONDS = 60.0
"""Requests to sign out per nick and per network in this time; any more are ignored."""

CLAIM_PAGE, SIGN_IN_PAGE = "/add/", "/sign-in/"
"""Where people get codes."""


@dataclass(slots=True)
class Claim:
    """A code said in a channel, waiting for the NAMES that show whether its speaker is an operator."""

    nick: str
    source: tuple[str, ...]
    account: str
    text: str


class Claims:
    """The claims of one session. `may_act()` says whether this bot is the leader, the only one that answers."""

    def __init__(
        self,
        *,
        network_id: int,
        isupport: Isupport,
        members: Members,
        invites: Invites,
        lookups: WhoisLookups,
        queue: DatabaseQueue,
        send: Send,
        may_act: Callable[[], bool],
    ) -> None:
        self._network_id = network_id
        self._isupport = isupport
        self._members = members
        self._invites = invites
        self._lookups = lookups
        self._queue = queue
        self._send = send
        self._may_act = may_act
        self._claims: defaultdict[str, list[Claim]] = defaultdict(list)
        self._symbols: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._waiting_for_modes: set[str] = set()
        self.nick_proofs = NickProofs(isupport, lookups, send, self._confirm_nicks, self.forget_nick)
        self._code_checks = CodeChecks(network_id, isupport, queue)
        self._sign_outs = AttemptLimit(MAX_ATTEMPTS_PER_NICK, MAX_ATTEMPTS, ATTEMPT_WINDOW_SECONDS)

    def handle_connected(self) -> None:
        """Void what nicks without an account have proven: while we were away somebody else may have taken them."""
        if self._may_act():
            self._queue.submit(partial(identity.end_all_nick_sessions, self._network_id))

    def handle_disconnected(self) -> None:
        """Void them at once, and not when no confirmation has come for a while: we do not see who takes these nicks."""
        self.handle_connected()

    def handle_invite(self, message: Message) -> None:
        if self._may_act():
            self._invites.handle_invite(message)

    def is_visiting(self, name: str) -> bool:
        """Whether we are in a channel, or about to be, because of an invitation."""
        return self._invites.find_visit(name) is not None

    def handle_name(self, name: str, nick: str, symbols: str) -> None:
        """Process one member of a channel from a reply to NAMES."""
        self._invites.handle_name(name, nick, symbols)
        if self._isupport.fold(name) in self._claims:
            self._symbols[self._isupport.fold(name)][self._isupport.fold(nick)] = symbols

    def handle_join(self, name: str, nick: str) -> None:
        """Drop what a nick said in a channel before it joined: it was no operator, and may be another now."""
        self._code_checks.forget(nick, CLAIM_PAGE)
        key = self._isupport.fold(name)
        if key in self._claims:
            self._drop_claims(key, nick)

    def handle_names_end(self, name: str) -> None:
        """Decide codes said in the channel, now that its operators are known."""
        self._invites.handle_names_end(name)
        visit = self._invites.find_visit(name)
        if visit is None or visit.is_decided:
            self._decide_claims(name, is_private_channel=False)
        elif self._isupport.fold(name) in self._claims:
            # A new channel's modes say whether its log starts as private; they come next.
            self._waiting_for_modes.add(self._isupport.fold(name))

    def handle_modes(self, name: str, modes: str) -> None:
        """Decide everything about a channel that we visit, now that its modes are known, too."""
        visit = self._invites.find_visit(name)
        if visit is None or not self._members.is_joined(name):
            return
        is_invited = visit.is_decided or self._invites.confirm_inviter(visit, modes)
        is_claimed = self._isupport.fold(name) in self._waiting_for_modes and self._decide_claims(
            name, is_private_channel=is_private(modes)
        )
        # Both are tried: one person may have invited us while another one said a code.
        visit.is_decided = visit.is_decided or is_claimed
        if not (is_invited or is_claimed):
            self._invites.refuse(visit)
        visit.symbols.clear()

    def take_channel_code(self, name: str, message: Message) -> bool:
        """Process a line of a channel that contains a code; return whether it must not be recorded."""
        text, nick = message.param(1), message.nick
        if not self._may_act():
            return False
        callback = partial(self._add_claim, name, nick, _source_of(message), text)
        find = partial(self._lookups.find_account, nick, message.tags.get("account", ""), callback)
        self._code_checks.check(nick, text, CLAIM_PAGE, find)
        return True

    def take_private_message(self, message: Message) -> bool:
        """Process a private message if it contains a code or signs out; return whether it does."""
        text, nick = message.param(1), message.nick
        if not (contains_code(text) or _is_sign_out(text)):
            return False
        if self._may_act():
            callback = partial(self._sign, nick, _source_of(message), text)
            find = partial(self._lookups.find_account, nick, message.tags.get("account", ""), callback)
            if not _is_sign_out(text):
                self._code_checks.check(nick, text, SIGN_IN_PAGE, find)
            elif self._sign_outs.allow(self._isupport.fold(nick)):
                find()
        return True

    def forget_nick(self, nick: str) -> None:
        """Void what a nick has proven or was about to prove: its holder has quit or renamed, or another one took it."""
        self._code_checks.forget(nick)
        self._lookups.forget(nick)
        self._invites.forget_nick(nick)
        # A claim that waits for NAMES would otherwise be decided with the rights of the next person with that nick.
        for key in list(self._claims):
            self._drop_claims(key, nick)
        if self.nick_proofs.remove(nick):
            self._queue.submit(partial(identity.end_nick_sessions, self._network_id, nick))

    def report_banned(self, channel: int, reason: str, present: Collection[str] = ()) -> None:
        """Store that we were kicked or banned for good, and tell the owners who were there (`present`, folded)."""
        if self._may_act():
            self._queue.submit(partial(self._store_banned, channel, reason, present))

    def adopt_channel(self, name: str) -> None:
        """Finish the visit to a channel that has become a wanted one."""
        self._invites.adopt(name)
        if self._isupport.fold(name) in self._waiting_for_modes:
            self._decide_claims(name, is_private_channel=False)

    def tick(self) -> None:
        """Called about every second."""
        self._lookups.tick()
        self._invites.tick()
        self.nick_proofs.tick()

    def _sign(self, nick: str, source: tuple[str, ...], text: str, account: str) -> None:
        user = IrcUser(self._network_id, nick, account)
        if not _is_sign_out(text):
            self._remember(user, source)
        act = identity.sign_out if _is_sign_out(text) else partial(identity.sign_in, text=text)
        self._queue.submit(partial(act, user), nick)

    def _add_claim(self, name: str, nick: str, source: tuple[str, ...], text: str, account: str) -> None:
        # Symbols from an earlier NAMES may be out of date, so the rights are requested again for each claim.
        self._claims[self._isupport.fold(name)].append(Claim(nick, source, account, text))
        self._send("NAMES", name)
        visit = self._invites.find_visit(name)
        if visit is not None and not visit.is_decided:
            self._send("MODE", name)

    def _drop_claims(self, key: str, nick: str) -> None:
        self._claims[key] = [claim for claim in self._claims[key] if not self._isupport.is_same_name(claim.nick, nick)]

    def _decide_claims(self, name: str, *, is_private_channel: bool) -> bool:
        """Submit the claims to a channel; return whether one of the claimants is an operator."""
        key = self._isupport.fold(name)
        self._waiting_for_modes.discard(key)
        symbols, has_operator = self._symbols.pop(key, {}), False
        for claim in self._claims.pop(key, []):
            user = IrcUser(
                self._network_id, claim.nick, claim.account, symbols.get(self._isupport.fold(claim.nick), "")
            )
            self._remember(user, claim.source)
            work = partial(ownership.claim_by_code, user, name, claim.text, private=is_private_channel)
            self._queue.submit(work, claim.nick, name)
            has_operator = has_operator or user.is_operator
        return has_operator

    def _store_banned(self, channel: int, reason: str, present: Collection[str]) -> Reply | None:
        sentence, owners = ownership.stop_logging(channel, reason)
        for nick in owners:
            if self._isupport.fold(nick) in present:
                self._queue.send_sentence(nick, sentence)
        return None

    def _remember(self, user: IrcUser, source: tuple[str, ...]) -> None:
        # An account is proven by services; a nick alone counts only as long as its connection lasts.
        if not user.account:
            self.nick_proofs.add(user.nick, source)

    def _confirm_nicks(self, nicks: Collection[str]) -> None:
        self._queue.submit(partial(identity.confirm_nick_sessions, self._network_id, nicks))


def _source_of(message: Message) -> tuple[str, ...]:
    return (message.user, message.host) if message.host else ()


def _is_sign_out(text: str) -> bool:
    return text.strip().casefold() == "sign out"
