"""Words whose lines one person wants to see marked, and the secret of their feed (logs/highlights.py)."""

from __future__ import annotations

from django.db import models

from logs.models.people import Identity


class Highlights(models.Model):
    """What one account chose. `words` has one word or phrase a line, as it is typed into a search.

    `feed_nonce` is part of what the feed's address is computed of, and empty if there is no feed; a new one makes the
    former address invalid.
    """

    identity = models.OneToOneField(Identity, models.CASCADE, related_name="highlights")
    words = models.TextField(max_length=1000, blank=True)
    feed_nonce = models.CharField(max_length=32, blank=True)
    feed_made_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "highlights"

    def __str__(self) -> str:
        return f"highlights of {self.identity}"

    @property
    def word_list(self) -> tuple[str, ...]:
        return tuple(self.words.splitlines())
