"""What the bot says of itself: how it fares, and how far its journal has been stored."""

from __future__ import annotations

from django.db import models

from logs.models.channel import Channel
from logs.models.network import Network


class State(models.TextChoices):
    OFF = "off", "not wanted"
    CONNECTING = "connecting", "connecting"
    WAITING = "waiting", "waiting to try again"
    CONNECTED = "connected", "connected"
    JOINING = "joining", "joining"
    JOINED = "joined", "joined"
    REFUSED = "refused", "refused by the server"


class BotStatus(models.Model):
    """One row a network (channel null) and one a channel; written by the bot alone."""

    network = models.ForeignKey(Network, models.CASCADE, related_name="statuses")
    channel = models.OneToOneField(Channel, models.CASCADE, null=True, related_name="status")
    state = models.CharField(max_length=20, choices=State)
    detail = models.TextField(blank=True, help_text="Why, in a sentence.")
    since = models.DateTimeField()
    last_line_at = models.DateTimeField(null=True)
    journal_depth = models.BigIntegerField(default=0, help_text="Bytes journaled but not yet stored.")
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = "bot status"
        verbose_name_plural = "bot status"
        constraints = [
            models.UniqueConstraint(fields=["network", "channel"], nulls_distinct=False, name="status_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel or self.network}: {self.state}"


class JournalPosition(models.Model):
    """How far a journal has been stored; committed together with the rows that it covers.

    `journal` is the random name that a journal folder got when it was made: an emptied folder is another journal.
    """

    journal = models.CharField(max_length=36, primary_key=True)
    segment = models.BigIntegerField()
    offset = models.BigIntegerField()
    updated_at = models.DateTimeField()
    network = models.ForeignKey(Network, models.CASCADE, null=True, related_name="journals")
    heard_until = models.DateTimeField(null=True, help_text="All that was heard until then has been stored.")

    def __str__(self) -> str:
        return f"{self.journal}: {self.segment}+{self.offset}"
