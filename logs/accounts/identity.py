"""Who somebody is, proven on IRC: signing in by a code, signing out, and when the proof of a nick ends.

The bot calls this with the person that it sees, and says the replies that are returned.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from logs.accounts import codes
from logs.models import Identity, Network
from logs.text.names import fold, fold_account

OPERATOR_SYMBOLS = frozenset("~&@!")
"""Symbols of operators, who may decide for a channel; half-operators and voiced users may not."""

NICK_CONFIRMATION_SECONDS = 60
"""How long a sign-in by nick is believed after the bot has last seen the nick with the same connection.

Three times the interval of the bot's checks (RECHECK_SECONDS of bot.identity.nick_proofs): one may get no reply.
"""

NICK_ACT_SECONDS = 30
"""The same for acts, such as an opt-out: the interval of the checks, and time for an answer."""


@dataclass(frozen=True, slots=True)
class IrcUser:
    """Somebody on IRC as the bot sees them now; `symbols` are theirs in the channel concerned."""

    network: int
    nick: str
    account: str = ""
    symbols: str = ""

    @property
    def is_operator(self) -> bool:
        return not OPERATOR_SYMBOLS.isdisjoint(self.symbols)


class Reply(NamedTuple):
    """A sentence for the bot to say, to the person who spoke to it or to the whole channel."""

    sentence: str
    to_all: bool = False


def record_identity(network: Network, user: IrcUser) -> Identity:
    """Return the identity of an account; without an account a new one, as a nick proves nothing beyond this moment."""
    if not user.account:
        # One connection at a time can prove a nick: whoever did before is gone, or signs in again.
        end_nick_sessions(network.pk, user.nick)
        return Identity.objects.create(network=network, nick=user.nick)
    folded = fold_account(user.account)
    identity, _ = Identity.objects.update_or_create(
        network=network, account=folded, defaults={"nick": user.nick, "proven_at": timezone.now()}
    )
    return identity


def sign_in(user: IrcUser, text: str) -> Reply:
    """Sign in the person who said a code to the bot in private."""
    network = Network.objects.get(pk=user.network)
    with transaction.atomic():
        code = codes.check(network, "", text)
        if code is None:
            return wrong_code_reply("/sign-in/")
        identity = record_identity(network, user)
        codes.prove(code, identity)
    return Reply(
        f"Signed in as {identity} at {settings.SITE_URL}. If a page asked for this that was not yours, say: sign out"
    )


def refuse_code(network_id: int, page: str) -> Reply:
    """Count and answer a code that nobody waits for."""
    codes.count_wrong(network_id)
    return wrong_code_reply(page)


def sign_out(user: IrcUser) -> Reply:
    """End all sessions of an account or, without one, those that the nick alone has proven."""
    network = Network.objects.get(pk=user.network)
    if user.account:
        folded = fold_account(user.account)
        Identity.objects.filter(network=network, account=folded).update(signed_out_at=timezone.now())
    else:
        end_nick_sessions(user.network, user.nick)
    return Reply("All your sessions here are over.")


def end_nick_sessions(network_id: int, nick: str) -> None:
    """End the sessions that a nick alone has proven: its holder has left or renamed, the next may be somebody else."""
    network = Network.objects.get(pk=network_id)
    _nick_identities(network, {fold(nick, network.casemapping)}).update(signed_out_at=timezone.now())


def confirm_nick_sessions(network_id: int, nicks: Collection[str]) -> None:
    """Record that nicks (folded) are still held by the connections that proved them."""
    network = Network.objects.get(pk=network_id)
    _nick_identities(network, nicks).update(confirmed_at=timezone.now())


def _nick_identities(network: Network, nicks: Collection[str]) -> QuerySet[Identity]:
    """Return the identities by nick alone, not signed out, of these nicks (folded)."""
    by_nick = Identity.objects.filter(network=network, account="", signed_out_at=None)
    numbers = [number for number, nick in by_nick.values_list("pk", "nick") if fold(nick, network.casemapping) in nicks]
    return by_nick.filter(pk__in=numbers)


def end_all_nick_sessions(network_id: int) -> None:
    """End all sessions proven by nicks alone, after a time in which the bot did not see who left the network."""
    Identity.objects.filter(network=network_id, account="", signed_out_at=None).update(signed_out_at=timezone.now())


def wrong_code_reply(page: str) -> Reply:
    """Return the reply to a wrong code; `page` is where people get a new one."""
    return Reply(f"That is no code that waits here. Get a new one at {settings.SITE_URL}{page}")
