"""Deletions that owners have decided and can still undo."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from logs.models.channel import Channel


class DeletionKind(models.TextChoices):
    """What will be deleted."""

    PURGE = "purge", _("the whole log")
    RETENTION = "retention", _("lines that are older than the new limit")


class PlannedDeletion(models.Model):
    """A deletion that is carried out at `due_at` unless an owner undoes it; at most one of each kind in a channel.

    `was_hidden` and `was_wanted` are the channel's settings before a purge, `former_retention` that before a new limit:
    undoing restores them. Until then the former limit applies.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="planned_deletions")
    kind = models.CharField(max_length=10, choices=DeletionKind)
    by = models.CharField(max_length=250)
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_index=True)
    was_hidden = models.BooleanField(default=False)
    was_wanted = models.BooleanField(default=False)
    former_retention = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "kind"], name="planned_deletion_once")]

    def __str__(self) -> str:
        return f"{self.channel}: {self.get_kind_display()} at {self.due_at}"
