"""A gap: an interval in which the bot did not hear a channel."""

from __future__ import annotations

from django.db import models

from logs.models.channel import Channel


class Reason(models.TextChoices):
    CONNECTION = "connection", "connection lost"
    STOPPED = "stopped", "bot stopped"
    KICKED = "kicked", "bot was kicked"
    LEFT = "left", "bot left the channel"
    PAUSED = "paused", "paused by the channel's owners"
    DISK = "disk", "lines could not be kept"


class Gap(models.Model):
    """Not recorded from `from_at` until `to_at` (null: still going on)."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="gaps")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=20, choices=Reason)

    class Meta:
        indexes = [models.Index(fields=["channel", "from_at"], name="gap_by_time")]
        constraints = [
            models.UniqueConstraint(fields=["channel"], condition=models.Q(to_at=None), name="gap_open_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.from_at} to {self.to_at or 'now'}"
