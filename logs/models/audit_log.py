"""The audit log of channels, and the requests of people who cannot prove an account.

Owners and administrators read the audit log. It records what was done, never the text that was removed.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from logs.models.channel import Channel
from logs.models.network import Network


class Act(models.Model):
    """One entry of the audit log: who did what in a channel. Rows are only added, never changed."""

    at = models.DateTimeField(db_default=Now(), db_index=True)
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="acts")
    by = models.CharField(max_length=250)
    what = models.CharField(max_length=500)
    removed = models.PositiveIntegerField("lines", null=True, editable=False)
    """The number of lines that were removed or anonymised; null if the act was of another kind."""

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "entry of the audit log"
        verbose_name_plural = "audit log"
        indexes = [
            models.Index(fields=["channel", "-at"], name="act_by_channel"),
            models.Index(fields=["-id"], condition=models.Q(removed__isnull=False), name="act_redactions"),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.what}"


class Redaction(Act):
    """An act that removed lines; a proxy model, so that moderators can have permissions for these acts alone."""

    class Meta:
        proxy = True
        verbose_name = "removal of lines"
        verbose_name_plural = "removals of lines"


class RequestKind(models.TextChoices):
    """What a person can request."""

    ERASE = "erase", _("erase what I said")
    ANONYMISE = "anonymise", _("replace my nick with a pseudonym")
    OPT_OUT = "opt-out", _("stop logging me")
    ACCESS = "access", _("send me what is stored about me")
    OTHER = "other", _("something else")


class Request(models.Model):
    """A privacy request by a person who cannot prove an account; they read the answer at a secret link.

    `wish` is the kind of the request, `words` its text, `due_at` the deadline for the answer.
    """

    network = models.ForeignKey(Network, models.CASCADE, related_name="requests")
    nick = models.CharField(max_length=200)
    wish = models.CharField(_("request"), max_length=10, choices=RequestKind)
    words = models.TextField(
        _("details"),
        max_length=5000,
        help_text=_("Which channels and lines, and how we can verify that they are yours."),
    )
    link_digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    due_at = models.DateTimeField(db_index=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["answered_at", "due_at"]
        verbose_name = "privacy request"

    def __str__(self) -> str:
        return f"{self.nick} on {self.network}: {self.get_wish_display()}"


def record_act(channel: Channel, by: str, what: str, removed: int | None = None) -> Act:
    """Add an entry to the audit log, in the caller's transaction; `removed` is the number of lines removed, if any."""
    return Act.objects.create(channel=channel, by=by[:250], what=what[:500], removed=removed)
