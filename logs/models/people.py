"""People: identities and their proof, owners and members of channels, API tokens, opt-outs and erasures."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from logs.models.channel import Channel
from logs.models.network import Network


class Identity(models.Model):
    """A person on one network: a services account or, without one, the holder of a nick at the time of a sign-in.

    An identity without an account is never used for a second sign-in: another person may hold the nick by then.
    """

    network = models.ForeignKey(Network, models.CASCADE, related_name="identities")
    account = models.CharField(max_length=200, blank=True, help_text="In lower case. Empty: a nick without an account.")
    nick = models.CharField(max_length=200)
    proven_at = models.DateTimeField(db_default=Now())
    signed_out_at = models.DateTimeField(null=True, help_text="Sessions that began before are invalid.")
    confirmed_at = models.DateTimeField(
        db_default=Now(), help_text="When the bot last saw a nick without an account with the same connection."
    )

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
    OWNER = "owner", _("owner")
    MEMBER = "member", _("member")


class Membership(models.Model):
    """An owner or member of a channel. Members may read it if it is not public, owners may manage it as well."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="memberships")
    identity = models.ForeignKey(Identity, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    evidence = models.TextField(help_text="Who proved it, when and how.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "owner or member"
        verbose_name_plural = "owners and members"
        constraints = [models.UniqueConstraint(fields=["channel", "identity"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.identity}, {self.role} of {self.channel}"


class Code(models.Model):
    """A one-time code that a page shows and a person repeats on IRC. Only a digest of its second part is stored.

    Without a channel it is for a sign-in, sent to the bot in private; with one an operator says it there to claim the
    channel. `wrong` counts attempts with the right selector and a wrong second part.
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
    """An account or nick that is not logged, in one channel or (channel null) in the whole network.

    It applies to a line with an account by the account, to a line without one by the nick.
    """

    network = models.ForeignKey(Network, models.CASCADE, related_name="opt_outs")
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, blank=True, related_name="opt_outs")
    account = models.CharField(max_length=200, blank=True)
    nick = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "opt-out"
        constraints = [
            models.UniqueConstraint(
                fields=["network", "channel", "account", "nick"], nulls_distinct=False, name="opt_out_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account or self.nick} in {self.channel or self.network}"


class Forgotten(models.Model):
    """An erasure: lines that must not be stored again, whether from a journal, a server's history or an import.

    Either one line, by its message id or by a keyed digest of its text near the time `until`; or all lines before
    `until` of an account or nick, or of everyone if neither is given. `renamed`: store them, but under a pseudonym.
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


class ErasedCopy(models.Model):
    """The keyed digest of a line that was erased or anonymised, by which a copy without an account is recognised.

    One row for each line, `at` its time; and one for each nick and day of an account, `at` the beginning of the day,
    for lines until `until`. Copies are dropped, or get the pseudonym if there is one (logs.ingest.erased_copies).
    """

    id = models.BigAutoField(primary_key=True)
    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False, related_name="erased_copies")
    digest = models.UUIDField()
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    pseudonym = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name_plural = "erased copies"
        constraints = [
            models.UniqueConstraint(fields=["channel", "digest", "at"], name="erased_copy_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} at {self.at}"


class ApiToken(models.Model):
    """A token of the API for one channel, valid as long as its maker may read that channel. Only a digest is stored."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="tokens")
    identity = models.ForeignKey(Identity, models.CASCADE, null=True, related_name="tokens")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=100, help_text="What the token is for.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} for {self.channel}"

    @property
    def maker(self) -> str:
        """The person who made the token, for display."""
        return str(self.identity) if self.identity else f"administrator {self.user}"


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
