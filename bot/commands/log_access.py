"""Which logs somebody who asks the bot may read, and the addresses of what is in them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from bot.commands.base import Request
from logs.models import Channel, Identity, Network
from logs.models.visitor import STRANGER, Visitor
from logs.text.irc_formatting import strip_formatting
from logs.text.names import fold

LONGEST = 150
"""Bytes, for an IRC line has room for few of them."""


def readable(request: Request) -> QuerySet[Channel]:
    """The channels of this network whose logs the asker may read; of a channel that was named, that one alone.

    What a whole channel reads must be open to everybody.
    """
    network = Network.objects.get(pk=request.network)
    channels = Channel.objects.filter(network=network).visible_to(visitor(network, request)).select_related("network")
    return channels.named(network, request.channel) if request.channel else channels


def visitor(network: Network, request: Request) -> Visitor:
    """Whom the server vouches for; a nick alone proves nothing."""
    if request.open or not request.account:
        return STRANGER
    folded = fold(request.account, network.casemapping)
    known = Identity.objects.filter(network=network, account=folded).values_list("pk", flat=True).first()
    return Visitor(identity=known) if known else STRANGER


def unreadable(request: Request) -> str:
    """The sentence for who may read nothing of what was asked; it does not tell whether there is such a log."""
    return f"There is no log of {request.channel} that everybody may read." if request.channel else "There is no log."


def line_address(channel: Channel, line: int) -> str:
    return settings.SITE_URL + reverse("line", args=[channel.network.name, channel.name, line])


def day_address(channel: Channel, day: date) -> str:
    return settings.SITE_URL + reverse("day", args=[channel.network.name, channel.name, day])


def clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def excerpt(text: str) -> str:
    """The beginning of what was said, without formatting, on one line."""
    plain = " ".join(strip_formatting(text).split()).encode("utf-8", "replace")
    return plain.decode() if len(plain) <= LONGEST else f"{plain[:LONGEST].decode('utf-8', 'ignore')}…"


def ago(seconds: float) -> str:
    """About how long something took, in its largest unit."""
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= unit:
            count = int(seconds // unit)
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{max(0, int(seconds))} s"
