"""People: who has proven to be whom, who runs which channel, and who asked not to be logged."""
# MERGED: Tokens: what lets a program read a channel that is not open to all.

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from logs.models.channel import Channel
from logs.models.network import Network


class Identity(models.Model):
    """Somebody of one network: a services account, or, weaker, whoever held a nick when saying a code (no account).

    A nick's proof is never used again: whoever holds the nick tomorrow may be somebody else.
    """

    network = models.ForeignKey(Network, models.CASCADE, related_name="identities")
    account = models.CharField(max_length=200, blank=True, help_text="As the server folds it; empty: only a nick.")
    nick = models.CharField(max_length=200)
    proven_at = models.DateTimeField(db_default=Now())
    signed_out_at = models.DateTimeField(null=True, help_text="Sessions from before then are over.")

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(
                fields=["network", "account"], condition=~models.Q(account=""), name="identity_once_per_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nick} (account {self.account})" if self.account else f"{self.nick} (nick only)"


class Role(models.TextChoices):
    OWNER = "owner", "owner"
    MEMBER = "member", "member"


class Membership(models.Model):
    """Who may read a channel that is not open to all, and who runs it; `evidence` tells what proved it."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="memberships")
    identity = models.ForeignKey(Identity, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    evidence = models.TextField(help_text="Who, when and how.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "identity"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.identity}, {self.role} of {self.channel}"


class Code(models.Model):
    """A one-time code that a page shows and a person says on IRC; only a digest of it is kept.

    Without a channel it signs in, said to the bot in private. With one it claims that channel, said there by an
    operator. `wrong` counts codes that began like this one and went on otherwise.
    """

    network = models.ForeignKey(Network, models.CASCADE, related_name="codes")
    channel = models.CharField(max_length=200, blank=True, help_text="Folded; empty: a sign-in.")
    selector = models.CharField(max_length=10, unique=True)
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    wrong = models.PositiveSmallIntegerField(default=0)
    identity = models.ForeignKey(Identity, models.CASCADE, null=True, related_name="codes")
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.selector}…"


class OptOut(models.Model):
    """Somebody who is not to be logged: in one channel or in the whole network, from now on.

    A line with an account is theirs if the account is; one without if the nick is.
    """

    network = models.ForeignKey(Network, models.CASCADE, related_name="opt_outs")
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, blank=True, related_name="opt_outs")
    account = models.CharField(max_length=200, blank=True)
    nick = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "channel", "account", "nick"], nulls_distinct=False, name="opt_out_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account or self.nick} in {self.channel or self.network}"


class Forgotten(models.Model):
    """What must not be stored again, be it from a journal, a server's history or an import.

    Either one line: its message id, or a keyed digest of its words around `until`. Or all lines until then: of an
    account or nick, or of everybody when neither is given. `renamed`: those lines may be stored, under a pseudonym.
    """

    network = models.ForeignKey(Network, models.CASCADE, related_name="forgotten")
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, related_name="forgotten")
    until = models.DateTimeField()
    account = models.CharField(max_length=200, blank=True)
    nick = models.CharField(max_length=200, blank=True)
    msgid = models.CharField(max_length=500, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    renamed = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["channel", "msgid"], condition=~models.Q(msgid=""), name="forgotten_by_msgid"),
            models.Index(fields=["channel", "digest"], condition=~models.Q(digest=""), name="forgotten_by_digest"),
            models.Index(fields=["network"], condition=models.Q(msgid="", digest=""), name="forgotten_by_network"),
        ]

    def __str__(self) -> str:
        return f"{self.channel or self.network} until {self.until}"


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
