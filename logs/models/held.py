"""A held line: said, but not in the archive yet."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from logs.models.channel import Channel
from logs.models.line import Kind


class Held(models.TextChoices):
    DELAY = "delay", "published later"
    FLOOD = "flood", "many lines at once"
    REPEAT = "repeat", "the same words again and again"


class HeldLine(models.Model):
    """A line outside the archive, so that no page, search, live stream or count can show it by mistake.

    `due_at` is when it becomes a line by itself; null: when an owner releases it.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="held_lines")
    why = models.CharField(max_length=10, choices=Held)
    due_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(db_default=Now())
    at = models.DateTimeField()
    kind = models.SmallIntegerField(choices=Kind)
    nick = models.TextField()
    text = models.TextField()
    account = models.TextField(null=True)
    msgid = models.TextField(null=True)
    target = models.TextField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="held_by_due"),
            models.Index(fields=["channel", "at"], name="held_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "msgid"], condition=models.Q(msgid__isnull=False), name="held_once_per_msgid"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.nick} at {self.at}"
