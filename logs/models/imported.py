"""Where lines came from that the bot has not heard: their old addresses, the logs that filled gaps."""
# MERGED: A file that somebody has sent, between the look at what would become of it and the import.

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from logs.models.channel import Channel


class OldNumber(models.Model):
    """The number by which another site knew a line, so that links to that site's lines go on working here.

    `line` is the line's id; it may have been erased since.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False, related_name="old_numbers")
    number = models.BigIntegerField()
    line = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["number", "channel"], name="old_number_once")]
        indexes = [models.Index(fields=["channel", "line"], name="old_number_by_line")]

    def __str__(self) -> str:
        return f"{self.channel}: {self.number}"


class Fill(models.Model):
    """The lines from id `first` to id `last` are from somebody else's log, which is called `name`."""

    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False, related_name="fills")
    first = models.IntegerField()
    last = models.IntegerField()
    name = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["channel", "first"], name="fill_by_line")]

    def __str__(self) -> str:
        return f"{self.channel}: {self.first} to {self.last} from {self.name}"


class Unfinished(models.Model):
    """A channel that an import has made and not finished: it is hidden until then."""

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="unfinished")

    def __str__(self) -> str:
        return str(self.channel)


class Upload(models.Model):
    """A log of a channel, as it was sent. It goes with the import, or after an hour."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="uploads")
    by = models.CharField(max_length=250)
    name = models.CharField(max_length=100)
    content = models.BinaryField()
    sent_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.channel}: {self.name}"
