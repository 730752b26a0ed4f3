"""What was done and by whom, and what people without an account ask for."""
# MERGED: The list of acts that owners and administrators look at. It tells what was done, never what was removed.

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from logs.models.channel import Channel
from logs.models.network import Network


class Act(models.Model):
    """One act in the life of a channel. Rows are only added; what was removed is never quoted."""

    at = models.DateTimeField(db_default=Now(), db_index=True)
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="acts")
    by = models.CharField(max_length=250)
    what = models.CharField(max_length=500)
    removed = models.PositiveIntegerField("lines", null=True, editable=False)
    """How many lines it removed or made nameless; null: it was another kind of act."""

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["channel", "-at"], name="act_by_channel"),
            models.Index(fields=["-id"], condition=models.Q(removed__isnull=False), name="act_redactions"),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.what}"


class Redaction(Act):
    """An act that removed lines. A model of its own for the permissions of moderators."""

    class Meta:
        proxy = True


class RequestKind(models.TextChoices):
    ERASE = "erase", "erase what I said"
    ANONYMISE = "anonymise", "replace my nick by a pseudonym"
    OPT_OUT = "opt-out", "do not log me any more"
    ACCESS = "access", "tell me what is stored of me"
    OTHER = "other", "something else"


class Request(models.Model):
    """What somebody who cannot prove an account asks for. The answer is for whoever has the link."""

    network = models.ForeignKey(Network, models.CASCADE, related_name="requests")
    nick = models.CharField(max_length=200)
    wish = models.CharField(max_length=10, choices=RequestKind)
    words = models.TextField(
        max_length=5000, help_text="Which channels and lines, and how we can see that they are yours."
    )
    link_digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    due_at = models.DateTimeField(db_index=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["answered_at", "due_at"]

    def __str__(self) -> str:
        return f"{self.nick} on {self.network}: {self.get_wish_display()}"


def record_act(channel: Channel, by: str, what: str, removed: int | None = None) -> Act:
    """Adds an act, in the caller's transaction; `removed` tells of how many lines it took the words or the name."""
    return Act.objects.create(channel=channel, by=by[:250], what=what[:500], removed=removed)
