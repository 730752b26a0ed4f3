"""Who somebody is, proven by IRC itself: what the bot sees of them, the codes that they say, and when a proof is over.

The bot calls this with what it has seen; the sentences that come back are for it to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from logs.accounts import codes
from logs.models import Identity, Network
from logs.text.names import fold

OPERATOR_SYMBOLS = frozenset("~&@!")
"""Symbols of those who may speak for a channel; half-operators and voices may not."""


@dataclass(frozen=True, slots=True)
class IrcUser:
    """Somebody on IRC as the bot sees them now; `symbols` are those of the channel that it is about."""

    network: int
    nick: str
    account: str = ""
    symbols: str = ""

    @property
    def is_operator(self) -> bool:
        return not OPERATOR_SYMBOLS.isdisjoint(self.symbols)


class Reply(NamedTuple):
    """What the bot is to say: to whoever asked, or to all in the channel."""

    sentence: str
    to_all: bool = False


def record_identity(network: Network, seen: IrcUser) -> Identity:
    """The person of an account; without one a new identity, for a nick proves nothing beyond this moment."""
    if not seen.account:
        return Identity.objects.create(network=network, nick=seen.nick)
    folded = fold(seen.account, network.casemapping)
    identity, _ = Identity.objects.update_or_create(
        network=network, account=folded, defaults={"nick": seen.nick, "proven_at": timezone.now()}
    )
    return identity


def sign_in(seen: IrcUser, text: str) -> Reply:
    """A code was said to the bot in private."""
    network = Network.objects.get(pk=seen.network)
    with transaction.atomic():
        code = codes.check(network, "", text)
        if code is None:
            return wrong_code_reply("/sign-in/")
        identity = record_identity(network, seen)
        codes.prove(code, identity)
    return Reply(
        f"Signed in as {identity} at {settings.SITE_URL}. If a page asked for this that was not yours, say: sign out"
    )


def sign_out(seen: IrcUser) -> Reply:
    """Ends all sessions of an account, or of whoever was known by the nick alone."""
    network = Network.objects.get(pk=seen.network)
    if seen.account:
        folded = fold(seen.account, network.casemapping)
        Identity.objects.filter(network=network, account=folded).update(signed_out_at=timezone.now())
    else:
        end_nick_sessions(seen.network, seen.nick)
    return Reply("All your sessions here are over.")


def end_nick_sessions(network_id: int, nick: str) -> None:
    """Whoever was known by this nick alone has left or changed it: the next one to have it is somebody else."""
    network = Network.objects.get(pk=network_id)
    folded = fold(nick, network.casemapping)
    by_nick = Identity.objects.filter(network=network, account="", signed_out_at=None)
    gone = [number for number, name in by_nick.values_list("pk", "nick") if fold(name, network.casemapping) == folded]
    by_nick.filter(pk__in=gone).update(signed_out_at=timezone.now())


def end_all_nick_sessions(network_id: int) -> None:
    """Nobody saw who left meanwhile: no nick of this network proves anything any more."""
    Identity.objects.filter(network=network_id, account="", signed_out_at=None).update(signed_out_at=timezone.now())


def wrong_code_reply(page: str) -> Reply:
    """What is said to a wrong code; `page` gives others."""
    return Reply(f"That is no code that waits here. Get a new one at {settings.SITE_URL}{page}")
