"""Marks of what was taken away from readers, by which those who read from a replica know that it has to catch up."""

from __future__ import annotations

from django.db import models


class Withdrawal(models.Model):
    """A transaction removed lines or closed a channel; triggers write these rows (logs/sql/withdrawals.sql).

    There are never many: older rows are deleted. A row says nothing about what was withdrawn.
    """

    id = models.BigAutoField(primary_key=True)

    def __str__(self) -> str:
        return f"{self.pk}"
