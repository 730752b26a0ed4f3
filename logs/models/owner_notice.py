"""Notices to owners and administrators, and which of them were sent."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from logs.models.channel import Channel
from logs.models.network import Network


class NoticeKind(models.TextChoices):
    REFUSED = "refused", "the bot is refused"
    KICKED = "kicked", "the bot was kicked or banned"
    FLOOD = "flood", "lines are held back"
    SILENT = "silent", "nothing was logged for a week"
    REQUEST = "request", "requests wait"
    OVERDUE = "overdue", "requests are nearly due"
    NETWORK = "network", "the bot is not in the network"
    LOST = "lost", "lines went wrong"
    BACKUP = "backup", "there is no recent backup"
    BOT = "bot", "the bot does not run"


class OwnerNotice(models.Model):
    """A state that somebody should know of, once for as long as it lasts. Without a channel it is about a network,
    without that about the site.

    `memo_at` and `mailed_at` say when it was sent. The row goes a day after the state has ended, so that a state that
    comes and goes is reported once a day at the most.
    """

    network = models.ForeignKey(Network, models.CASCADE, null=True, related_name="owner_notices")
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, related_name="owner_notices")
    kind = models.CharField(max_length=10, choices=NoticeKind)
    text = models.CharField(max_length=350)
    created_at = models.DateTimeField(db_default=Now())
    memo_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "channel", "kind"], nulls_distinct=False, name="owner_notice_once"
            )
        ]

    def __str__(self) -> str:
        about = self.channel or self.network
        return f"{about}: {self.get_kind_display()}" if about else self.get_kind_display()
