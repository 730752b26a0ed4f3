"""Imports: uploaded files, the origin of lines that the bot did not receive itself, and their old addresses."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from logs.models.channel import Channel


class OldNumber(models.Model):
    """The number of a line on the site that it was imported from: links to that site's lines redirect to ours.

    `line` is the line's id in the channel; the line may have been erased since.
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
    """A range of lines, from id `first` to id `last`, that was imported from another person's log called `name`.

    Fills of gaps, everything that owners upload, and what an administrator imports into a channel that the bot logs.
    Archives of old logs have none: all of their lines are imported.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False, related_name="fills")
    first = models.IntegerField()
    last = models.IntegerField()
    name = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["channel", "first"], name="fill_by_line")]

    def __str__(self) -> str:
        return f"{self.channel}: {self.first} to {self.last} from {self.name}"


class Unfinished(models.Model):
    """Marks a channel that an import created and has not finished; the channel is hidden until then."""

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="unfinished")

    def __str__(self) -> str:
        return str(self.channel)


class Upload(models.Model):
    """An uploaded log between its preview and its import. Deleted by the import, or after an hour."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="uploads")
    by = models.CharField(max_length=250)
    name = models.CharField(max_length=100)
    content = models.BinaryField()
    sent_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.channel}: {self.name}"
