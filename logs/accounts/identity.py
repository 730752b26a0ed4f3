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

OPERATORS = frozenset("~&@!")
"""Symbols of those who may speak for a channel; half-operators and voices may not."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody on IRC as the bot sees them now; `symbols` are those of the channel that it is about."""

    network: int
    nick: str
    account: str = ""
    symbols: str = ""

    @property
    def is_operator(self) -> bool:
        return not OPERATORS.isdisjoint(self.symbols)


class Answer(NamedTuple):
    """What the bot is to say: to whoever asked, or to all in the channel."""

    sentence: str
    to_all: bool = False


def identity_of(network: Network, seen: Seen) -> Identity:
    """The person of an account; without one a new identity, for a nick proves nothing beyond this moment."""
    if not seen.account:
        return Identity.objects.create(network=network, nick=seen.nick)
    folded = fold(seen.account, network.casemapping)
    identity, _ = Identity.objects.update_or_create(
        network=network, account=folded, defaults={"nick": seen.nick, "proven_at": timezone.now()}
    )
    return identity


def sign_in(seen: Seen, text: str) -> Answer:
    """A code was said to the bot in private."""
    network = Network.objects.get(pk=seen.network)
    with transaction.atomic():
        code = codes.check(network, "", text)
        if code is None:
            return wrong_code("/sign-in/")
        identity = identity_of(network, seen)
        codes.prove(code, identity)
    return Answer(
        f"Signed in as {identity} at {settings.SITE_URL}. If a page asked for this that was not yours, say: sign out"
    )


def sign_out(seen: Seen) -> Answer:
    """Ends all sessions of an account, or of whoever was known by the nick alone."""
    network = Network.objects.get(pk=seen.network)
    if seen.account:
        folded = fold(seen.account, network.casemapping)
        Identity.objects.filter(network=network, account=folded).update(signed_out_at=timezone.now())
    else:
        nick_is_gone(seen.network, seen.nick)
    return Answer("All your sessions here are over.")


def nick_is_gone(network_id: int, nick: str) -> None:
    """Whoever was known by this nick alone has left or changed it: the next one to have it is somebody else."""
    network = Network.objects.get(pk=network_id)
    folded = fold(nick, network.casemapping)
    by_nick = Identity.objects.filter(network=network, account="", signed_out_at=None)
    gone = [number for number, name in by_nick.values_list("pk", "nick") if fold(name, network.casemapping) == folded]
    by_nick.filter(pk__in=gone).update(signed_out_at=timezone.now())


def nicks_are_gone(network_id: int) -> None:
    """Nobody saw who left meanwhile: no nick of this network proves anything any more."""
    Identity.objects.filter(network=network_id, account="", signed_out_at=None).update(signed_out_at=timezone.now())


def wrong_code(page: str) -> Answer:
    """What is said to a wrong code; `page` gives others."""
    return Answer(f"That is no code that waits here. Get a new one at {settings.SITE_URL}{page}")
