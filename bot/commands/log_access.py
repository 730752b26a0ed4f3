"""Which logs the source of a request may read, and the addresses of lines and days in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from bot.commands.base import Request
from logs.models import Channel, Identity, Network
from logs.models.channel_choices import STRANGER, Visitor
from logs.text.irc_formatting import strip_formatting
from logs.text.names import fold_account

MAX_EXCERPT_BYTES = 150
"""Length of an excerpt: an IRC line has little room."""


def readable(request: Request) -> QuerySet[Channel]:
    """Return the channels of this network whose logs the source of a request may read; only the named one, if any.

    For an answer that a whole channel reads, these are public channels only.
    """
    network = Network.objects.get(pk=request.network)
    channels = Channel.objects.filter(network=network).visible_to(visitor(network, request)).select_related("network")
    return channels.named(network, request.channel) if request.channel else channels


def hidden_periods_of(channels: Iterable[Channel]) -> list[int]:
    """Return the closed periods of these channels that their reader may not read."""
    return [period for channel in channels for period in channel.hidden_periods]


def visitor(network: Network, request: Request) -> Visitor:
    """Return the visitor with the account that the server gives; a nick alone proves nothing."""
    # Everybody in the channel reads an open answer, so it contains what a stranger may read.
    if request.open or not request.account:
        return STRANGER
    folded = fold_account(request.account)
    identity = Identity.objects.filter(network=network, account=folded).values_list("pk", flat=True).first()
    return Visitor(identity=identity) if identity else STRANGER


def unreadable(request: Request) -> str:
    """Return the answer for people who may read none of the logs; it does not reveal whether there is such a log."""
    return f"There is no log of {request.channel} that everybody may read." if request.channel else "There is no log."


def line_address(channel: Channel, line: int) -> str:
    return settings.SITE_URL + reverse("line", args=[channel.network.name, channel.name, line])


def day_address(channel: Channel, day: date) -> str:
    return settings.SITE_URL + reverse("day", args=[channel.network.name, channel.name, day])


def clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def excerpt(text: str) -> str:
    """Return the beginning of a text, without formatting, on one line."""
    body = " ".join(strip_formatting(text).split()).encode("utf-8", "replace")
    return body.decode() if len(body) <= MAX_EXCERPT_BYTES else f"{body[:MAX_EXCERPT_BYTES].decode('utf-8', 'ignore')}…"


def ago(seconds: float) -> str:
    """Return a duration in its largest unit, such as "3 hours"."""
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= unit:
            count = int(seconds // unit)
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{max(0, int(seconds))} s"
