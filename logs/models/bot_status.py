"""What the bot reports about itself: the state of its connections, and how far its journal has been stored."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from logs.models.channel import Channel
from logs.models.network import Network

SILENT_AFTER = timedelta(seconds=30)
"""The bot writes the rows of networks every 10 seconds; without news for this long it counts as dead."""


PROBLEMS = ("lost", "damaged", "refused", "in_memory")
"""Counts of BotStatus that stay until they are acknowledged."""


class State(models.TextChoices):
    """The state of a connection to a network, or of the membership in a channel."""

    OFF = "off", "switched off"
    CONNECTING = "connecting", "connecting"
    WAITING = "waiting", "waiting to retry"
    CONNECTED = "connected", "connected"
    JOINING = "joining", "joining"
    JOINED = "joined", "joined"
    REFUSED = "refused", "refused by the server"


class BotStatus(models.Model):
    """The bot's state: one row for each network (channel null) and one for each channel. Only the bot writes it.

    The rows of networks are written all the time, those of channels when something has changed.
    """

    network = models.ForeignKey(Network, models.CASCADE, related_name="statuses")
    channel = models.OneToOneField(Channel, models.CASCADE, null=True, related_name="status")
    state = models.CharField(max_length=20, choices=State)
    detail = models.TextField(blank=True, help_text="The reason, in one sentence.")
    since = models.DateTimeField()
    last_line_at = models.DateTimeField(null=True)
    journal_depth = models.BigIntegerField(default=0, help_text="Bytes in the journal that are not stored yet.")
    updated_at = models.DateTimeField()
    lost = models.BigIntegerField(default=0, db_default=0, help_text="Lines that neither disk nor memory took.")
    damaged = models.BigIntegerField(default=0, db_default=0, help_text="Damaged records of the journal.")
    refused = models.BigIntegerField(default=0, db_default=0, help_text="Records that the database refused.")
    in_memory = models.BigIntegerField(
        default=0, db_default=0, help_text="Records that waited in memory because the disk did not take them."
    )
    """These four count for a network, until somebody acknowledges them (`manage.py botstatus --acknowledge`)."""

    class Meta:
        verbose_name = "bot status"
        verbose_name_plural = "bot status"
        constraints = [
            models.UniqueConstraint(fields=["network", "channel"], nulls_distinct=False, name="status_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel or self.network}: {self.state}"

    @property
    def problems(self) -> dict[str, int]:
        """What went wrong with records since somebody acknowledged it, by the name of its count."""
        return {name: getattr(self, name) for name in PROBLEMS}

    def is_silent(self, now: datetime) -> bool:
        """Return whether the bot has reported nothing for so long that it counts as dead."""
        return now - self.updated_at > SILENT_AFTER


class JournalPosition(models.Model):
    """How far a journal has been stored: segment number and byte offset. Committed together with the rows it covers.

    `journal` is the random name that a journal folder gets when it is created: an emptied folder is another journal.
    All lines that a bot received until `heard_until` are stored; a standby drops its own lines up to then.
    """

    journal = models.CharField(max_length=36, primary_key=True)
    segment = models.BigIntegerField()
    offset = models.BigIntegerField()
    updated_at = models.DateTimeField()
    network = models.ForeignKey(Network, models.CASCADE, null=True, related_name="journals")
    heard_until = models.DateTimeField(null=True, help_text="Every line received until then is stored.")

    def __str__(self) -> str:
        return f"{self.journal}: {self.segment}+{self.offset}"
