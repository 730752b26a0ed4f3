"""Tokens: what lets a program read a channel that is not open to all."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from logs.models.channel import Channel
from logs.models.people import Identity


class ApiToken(models.Model):
    """Opens one channel in the API as far, and as long, as its maker may read it. Only a digest of it is kept."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="tokens")
    identity = models.ForeignKey(Identity, models.CASCADE, null=True, related_name="tokens")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=100, help_text="What it is for.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} for {self.channel}"

    @property
    def maker(self) -> str:
        return str(self.identity) if self.identity else f"administrator {self.user}"
