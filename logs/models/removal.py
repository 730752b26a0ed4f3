"""A removal: a line that is no longer there. Pages that are open have to learn of it."""

from __future__ import annotations

from django.db import models

from logs.models.channel import Channel


class Removal(models.Model):
    """`line` was removed as the channel's event `id`; ids come from the same counter as those of lines."""

    pk = models.CompositePrimaryKey("channel_id", "id")
    channel = models.ForeignKey(
        Channel, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="removals"
    )
    id = models.IntegerField()
    line = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.line}"
