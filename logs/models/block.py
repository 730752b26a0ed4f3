"""Texts and nicks that administrators do not let into any log, or any of a network, for a time or for good."""

from __future__ import annotations

from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models.functions import Now

from logs.models.network import Network


class BlockKind(models.TextChoices):
    NICK = "nick", "nick"
    TEXT = "text", "text"


class Block(models.Model):
    """Lines said from `created_at` until `expires_at` (null: for good) are refused, and counted in `refused`.

    A nick is compared as the network's server does, a text is looked for anywhere in a line, without formatting and
    regardless of case. What was said before stays.
    """

    kind = models.CharField("what is blocked", max_length=4, choices=BlockKind, default=BlockKind.NICK)
    pattern = models.CharField(
        "nick or text",
        max_length=200,
        validators=[MinLengthValidator(2)],
        help_text="A nick as a whole; or a text, wherever it stands in a line and in whatever case.",
    )
    network = models.ForeignKey(
        Network, models.CASCADE, null=True, blank=True, related_name="blocks", help_text="Empty: all networks."
    )
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField("until", null=True, blank=True, help_text="Empty: for good.")
    by = models.CharField(max_length=250, editable=False)
    refused = models.BigIntegerField("lines refused", default=0, db_default=0, editable=False)
    refused_at = models.DateTimeField("last refused", null=True, editable=False)

    class Meta:
        verbose_name = "blocked nick or text"
        verbose_name_plural = "blocked nicks and texts"
        constraints = [
            models.UniqueConstraint(fields=["kind", "pattern", "network"], nulls_distinct=False, name="block_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pattern} on {self.network or 'all networks'}"
