"""A file that somebody has sent, between the look at what would become of it and the import."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from logs.models.channel import Channel


class Upload(models.Model):
    """A log of a channel, as it was sent. It goes with the import, or after an hour."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="uploads")
    by = models.CharField(max_length=250)
    name = models.CharField(max_length=100)
    content = models.BinaryField()
    sent_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.channel}: {self.name}"
