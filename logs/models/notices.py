"""Notices to owners and administrators, which of them were sent, and the mail addresses that they are sent to."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from logs.models.channel import Channel
from logs.models.network import Network
from logs.models.people import Identity


class NoticeKind(models.TextChoices):
    REFUSED = "refused", "the bot is refused"
    KICKED = "kicked", "the bot was kicked or banned"
    FLOOD = "flood", "lines are held back"
    SILENT = "silent", "nothing was logged for a week"
    REQUEST = "request", "requests wait"
    OVERDUE = "overdue", "requests are nearly due"
    NETWORK = "network", "the bot is not in the network"
    LOST = "lost", "lines went wrong"
    BACKUP = "backup", "there is no recent backup"
    BOT = "bot", "the bot does not run"


class OwnerNotice(models.Model):
    """A state that somebody should know of, once for as long as it lasts. Without a channel it is about a network,
    without that about the site.

    `memo_at` and `mailed_at` say when it was sent. The row goes a day after the state has ended, so that a state that
    comes and goes is reported once a day at the most.
    """

    network = models.ForeignKey(Network, models.CASCADE, null=True, related_name="owner_notices")
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, related_name="owner_notices")
    kind = models.CharField(max_length=10, choices=NoticeKind)
    text = models.CharField(max_length=350)
    created_at = models.DateTimeField(db_default=Now())
    memo_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "channel", "kind"], nulls_distinct=False, name="owner_notice_once"
            )
        ]

    def __str__(self) -> str:
        about = self.channel or self.network
        return f"{about}: {self.get_kind_display()}" if about else self.get_kind_display()


class MailAddress(models.Model):
    """Where one person gets notices by mail. Nothing but the link is sent there before it was followed.

    `nonce` is part of that link, and empty once it was used; `is_asked` says that a mail with it waits to be sent.
    """

    identity = models.OneToOneField(Identity, models.CASCADE, related_name="mail_address")
    address = models.EmailField(max_length=254)
    with_memos = models.BooleanField(default=True)
    given_at = models.DateTimeField(db_default=Now())
    nonce = models.CharField(max_length=32, blank=True)
    is_asked = models.BooleanField(default=True)
    confirmed_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True, help_text="When a notice was sent last.")
    failures = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True, help_text="What the mail server answered last.")

    class Meta:
        verbose_name_plural = "mail addresses"

    def __str__(self) -> str:
        return f"{self.address} of {self.identity}"


class MailedNotice(models.Model):
    """A notice that was sent to an address."""

    address = models.ForeignKey(MailAddress, models.CASCADE, related_name="notices")
    notice = models.ForeignKey(OwnerNotice, models.CASCADE, related_name="mails")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address", "notice"], name="mailed_notice_once")]

    def __str__(self) -> str:
        return f"{self.notice} to {self.address}"


class AskedAddress(models.Model):
    """A mail with a link that somebody had sent to an address, of which a keyed digest is stored, for the limits.

    `is_refusal`: whoever reads the address wants none. Rows are deleted after a day, refusals after a longer time.
    """

    identity = models.ForeignKey(Identity, models.CASCADE, null=True, related_name="+")
    digest = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(db_default=Now())
    is_refusal = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "asked addresses"

    def __str__(self) -> str:
        return f"{self.digest[:8]}… at {self.at}"
