"""The channels of an import that do not exist yet.

A channel that an import creates stays hidden until the import has ended, so that nobody sees half of it.
"""

from __future__ import annotations

from django.db import transaction

from logs.formats.file_names import ChannelRef
from logs.models import Channel, ClosedPeriod, Line, Network, Unfinished

NO_CHANNEL = 0
"""The id of a channel that does not exist, in a dry run."""


def get_or_create_channel(channel_ref: ChannelRef, *, dry_run: bool) -> int:
    """The id of a channel, which is created if it does not exist; a dry run only validates its name.

    A new channel is hidden until `finish_channel`. ValidationError for an invalid name.
    """
    network = Network.objects.filter(name__iexact=channel_ref.network).first() or Network(
        name=channel_ref.network or ""
    )
    name = channel_ref.channel or ""
    channel = Channel.objects.named(network, name).first() if network.pk else None
    if channel:
        return channel.pk
    if not network.pk:
        network.full_clean()
    channel = Channel(network=network, name=name, hidden=True)
    channel.full_clean(exclude=["network"])
    if dry_run:
        return NO_CHANNEL
    with transaction.atomic():
        network.save()
        channel.save()
        Unfinished.objects.create(channel=channel)
    return channel.pk


def finish_channel(number: int) -> None:
    """End an import: show the channel if it was created for it, or delete it again if nothing was stored."""
    for channel in Channel.objects.filter(pk=number, unfinished__isnull=False):
        with transaction.atomic():
            if Line.objects.filter(channel=channel).exists() or channel.gaps.exists():
                Unfinished.objects.filter(channel=channel).delete()
                Channel.objects.filter(pk=channel.pk).update(hidden=False)
                # Nothing was said while the channel was hidden: whoever imports a log into a new channel shows it.
                ClosedPeriod.objects.filter(channel=channel, until__isnull=False).delete()
            else:
                channel.delete()
