"""Former names of channels, whose addresses lead to the channel's own."""

from __future__ import annotations

from django.db import models, transaction

from logs.models import audit_log
from logs.models.channel import Channel
from logs.models.line_counts import lock_counters
from logs.models.network import Network
from logs.text.names import fold


class FormerName(models.Model):
    """A name that a channel had before its server renamed it. A channel that has the name now takes precedence."""

    network = models.ForeignKey(Network, models.CASCADE, related_name="former_names")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="former_names")
    folded = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "folded"], name="former_name_once_per_network")]

    def __str__(self) -> str:
        return self.folded


def rename_channel(channel_id: int, name: str) -> bool:
    """Give a channel another name; return whether that was possible: the network may have a log of that name already.

    The history stays with the channel, and the addresses with its former name redirect.
    """
    with transaction.atomic():
        lock_counters({channel_id})  # before the channel's row, as writers of lines do
        channel = Channel.objects.select_for_update().select_related("network").get(pk=channel_id)
        folded = fold(name, channel.network.casemapping)
        if channel.folded == folded:
            return True
        if Channel.objects.filter(network=channel.network, folded=folded).exists():
            return False
        former = {"channel": channel}
        FormerName.objects.update_or_create(network=channel.network, folded=channel.folded, defaults=former)
        FormerName.objects.filter(network=channel.network, folded=folded).delete()
        audit_log.record_act(channel, "bot", f"the channel was renamed from {channel.name} to {name}")
        channel.name = name
        channel.save(update_fields=["name", "folded"])
    return True
