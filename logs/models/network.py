"""An IRC network: its address, the bot's account there, how its server compares names, and what is blocked there."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now

from logs.text.encodings import find_irc_encoding
from logs.text.names import CASEMAPPINGS

RESERVED_NAMES = frozenset(
    {
        "admin",
        "api",
        "search",
        "static",
        "stats",
        "about",
        "add",
        "sign-in",
        "sign-out",
        "me",
        "moderate",
        "msg",
        "request",
        "healthz",
        "readyz",
        "metrics",
        "live",
    }
)


def validate_not_reserved(name: str) -> None:
    """Reject names that are first parts of the site's own addresses."""
    if name.lower() in RESERVED_NAMES:
        raise ValidationError(f"“{name}” is an address of the site itself: choose another name.")


def validate_fingerprints(text: str) -> None:
    """Reject anything but SHA-256 fingerprints, separated by commas, semicolons or white space."""
    if not all(re.fullmatch(r"[0-9a-f]{64}", fingerprint) for fingerprint in split_fingerprints(text)):
        raise ValidationError("A SHA-256 fingerprint has 64 hexadecimal digits, with or without colons.")


def split_fingerprints(text: str) -> list[str]:
    """Return the fingerprints in lower case and without colons."""
    return re.sub(r"[,;\s]+", " ", text.replace(":", "").lower()).split()


def validate_encoding(name: str) -> None:
    """Reject what is not a text encoding in which ASCII is ASCII."""
    try:
        find_irc_encoding(name)
    except ValueError as error:
        raise ValidationError(str(error)) from error


class Network(models.Model):
    """One network. Without a host it is only an archive: the bot does not connect to it.

    `scrubs` increases with each erasure, after which the bot begins a new journal segment; `wrong_codes` counts codes
    that people said and that matched none of ours.
    """

    name = models.CharField(
        max_length=50,
        unique=True,
        validators=[
            RegexValidator(r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z", "Write letters, digits, dots, hyphens and underscores."),
            validate_not_reserved,
        ],
        help_text="The first part of every address of this network, for example libera.",
    )
    host = models.CharField(max_length=255, blank=True, help_text="Empty: an archive that the bot never connects to.")
    port = models.PositiveIntegerField(default=6697)
    tls = models.BooleanField(
        "TLS", default=True, help_text="With a verified certificate; never falls back to an unencrypted connection."
    )
    nick = models.CharField(max_length=50, default="botbot")
    username = models.CharField(max_length=20, default="botbot")
    realname = models.CharField(
        max_length=200,
        blank=True,
        help_text="Empty: the site's address. Write how operators can reach a person.",
    )
    password = models.CharField("server password", max_length=300, blank=True)
    fingerprints = models.TextField(
        blank=True,
        validators=[validate_fingerprints],
        help_text="SHA-256 fingerprints of the server's certificate. If set, no other certificate is trusted.",
    )
    certificate = models.CharField(
        max_length=300, blank=True, help_text="A PEM file on the bot's machine: the bot's own certificate and its key."
    )
    account = models.CharField(max_length=100, blank=True, help_text="The bot's account on this network (SASL).")
    account_password = models.CharField(max_length=1000, blank=True)
    account_key = models.CharField(
        max_length=300, blank=True, help_text="A PEM file on the bot's machine: a P-256 key for the account."
    )
    mechanisms = models.CharField(
        "SASL mechanisms",
        max_length=200,
        blank=True,
        validators=[RegexValidator(r"\A[A-Za-z0-9_, -]*\Z", "Write names of mechanisms, separated by blanks.")],
        help_text="For example SCRAM-SHA-256 PLAIN, in order of preference. Empty: the strongest one.",
    )
    account_required = models.BooleanField(
        default=True, help_text="Stay away from the network while the bot cannot log in to its account."
    )
    wanted = models.BooleanField(default=True, help_text="Whether the bot should be connected.")
    inviting = models.BooleanField(
        "open to operators",
        default=True,
        help_text="Whether channel operators can invite the bot without an administrator.",
    )
    scrubs = models.IntegerField(default=0, editable=False)
    wrong_codes = models.BigIntegerField(default=0, editable=False, help_text="Codes that matched none of ours.")
    encoding = models.CharField(
        max_length=30,
        blank=True,
        validators=[validate_encoding],
        help_text="Of text that is not UTF-8, for example koi8-r or gbk. Empty: Windows-1252.",
    )
    casemapping = models.CharField(
        max_length=20,
        default="rfc1459",
        choices=[(mapping, mapping) for mapping in CASEMAPPINGS],
        help_text="As the server announces it; the bot updates it.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


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
