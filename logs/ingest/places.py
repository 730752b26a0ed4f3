"""Channels for imports: found, or made and hidden until all is there."""

from __future__ import annotations

from django.db import transaction

from logs.formats.names import Place
from logs.models import Channel, Line, Network, Unfinished

UNKNOWN = 0
"""A channel that is not there."""


def channel_at(place: Place, *, dry: bool) -> int:
    """The number of a channel, which is made if it is not there; in a dry run it is checked only.

    A new one is hidden until `finish`, so that nobody sees a half of it. ValidationError when it cannot be.
    """
    network = Network.objects.filter(name__iexact=place.network).first() or Network(name=place.network or "")
    name = place.channel or ""
    channel = Channel.objects.named(network, name).first() if network.pk else None
    if channel:
        return channel.pk
    if not network.pk:
        network.full_clean()
    channel = Channel(network=network, name=name, hidden=True)
    channel.full_clean(exclude=["network"])
    if dry:
        return UNKNOWN
    with transaction.atomic():
        network.save()
        channel.save()
        Unfinished.objects.create(channel=channel)
    return channel.pk


def finish(number: int) -> None:
    """The import into a channel has ended: what was made for it is seen from now on, or goes if there is nothing."""
    for channel in Channel.objects.filter(pk=number, unfinished__isnull=False):
        with transaction.atomic():
            if Line.objects.filter(channel=channel).exists() or channel.gaps.exists():
                Unfinished.objects.filter(channel=channel).delete()
                Channel.objects.filter(pk=channel.pk).update(hidden=False)
            else:
                channel.delete()
