"""Which earlier line each said line answers, as logs.conversations found it or an owner decided."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from logs.models.channel import Channel

BLOCK_LINES = 128
"""Ids in a row of `ReplyBlock`."""


class ReplyBlock(models.Model):
    """The answers of the lines with the ids `block * BLOCK_LINES` to `(block + 1) * BLOCK_LINES - 1`, in this order.

    `reply_to` is the id of the answered line, 0 where the line begins a conversation, and null where there is no such
    line or nothing is known yet; `confidence` is in percent. One row for many lines, because the header of a row and
    its index entry are larger than an answer: this takes 7 bytes a line, a row for each line 60.

    Rows are changed under the lock of the channel's counter.
    """

    pk = models.CompositePrimaryKey("channel_id", "block")
    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False, related_name="reply_blocks")
    block = models.IntegerField()
    reply_to = ArrayField(models.IntegerField(null=True))
    confidence = ArrayField(models.SmallIntegerField(null=True))

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.block * BLOCK_LINES}"


class ReplyProgress(models.Model):
    """The id up to which the answers of a channel's lines are known."""

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="reply_progress")
    through = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.channel_id} up to {self.through}"


class ReplyOverride(models.Model):
    """An owner's decision about a line, which wins over what was found; `reply_to` is null where it answers nothing.

    Where the sender's program named the answered line, that counts as a decision, too; an owner's replaces it.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False, related_name="reply_overrides")
    line = models.IntegerField()
    reply_to = models.IntegerField(null=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "line"], name="reply_override_once")]

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.line}"
