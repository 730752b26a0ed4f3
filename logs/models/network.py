"""An IRC network: where it is reached and how its server compares names."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from logs.text.names import CASEMAPPINGS

RESERVED = frozenset(
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
        "msg",
        "request",
        "healthz",
        "readyz",
        "metrics",
        "live",
    }
)


def validate_not_reserved(name: str) -> None:
    if name.lower() in RESERVED:
        raise ValidationError(f"“{name}” is an address of the site itself: choose another name.")


def validate_fingerprints(text: str) -> None:
    if not all(re.fullmatch(r"[0-9a-f]{64}", fingerprint) for fingerprint in split_fingerprints(text)):
        raise ValidationError("A SHA-256 fingerprint has 64 hexadecimal digits, with or without colons.")


def split_fingerprints(text: str) -> list[str]:
    """Each as lower-case digits without colons."""
    return re.sub(r"[,;\s]+", " ", text.replace(":", "").lower()).split()


class Network(models.Model):
    """One network. Without a host it is an archive only; the bot does not connect to it."""

    name = models.CharField(
        max_length=50,
        unique=True,
        validators=[
            RegexValidator(r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z", "Write letters, digits, dots, hyphens and underscores."),
            validate_not_reserved,
        ],
        help_text="The first part of every address of this network, for example libera.",
    )
    host = models.CharField(max_length=255, blank=True, help_text="Empty: an archive, never connected.")
    port = models.PositiveIntegerField(default=6697)
    tls = models.BooleanField("TLS", default=True, help_text="With a verified certificate. Never falls back to plain.")
    nick = models.CharField(max_length=50, default="botbot")
    username = models.CharField(max_length=20, default="botbot")
    realname = models.CharField(
        max_length=200,
        blank=True,
        help_text="Empty: the site's address. Name a person whom operators can reach.",
    )
    password = models.CharField("server password", max_length=300, blank=True)
    fingerprints = models.TextField(
        blank=True,
        validators=[validate_fingerprints],
        help_text="SHA-256 fingerprints of the server's certificate. If any is given, only these are trusted.",
    )
    certificate = models.CharField(
        max_length=300, blank=True, help_text="A PEM file on the bot's machine: our own certificate and its key."
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
        validators=[RegexValidator(r"\A[A-Za-z0-9_, -]*\Z", "Write names of mechanisms with blanks between them.")],
        help_text="For example SCRAM-SHA-256 PLAIN, the preferred first. Empty: the strongest possible.",
    )
    account_required = models.BooleanField(
        default=True, help_text="Stay away from the network while the bot cannot log in to its account."
    )
    wanted = models.BooleanField(default=True, help_text="Whether the bot should be connected.")
    inviting = models.BooleanField(
        "open to operators",
        default=True,
        help_text="May operators of channels invite the bot without an administrator?",
    )
    scrubs = models.IntegerField(default=0, editable=False)
    wrong_codes = models.BigIntegerField(default=0, editable=False, help_text="Codes said that were none of ours.")
    casemapping = models.CharField(
        max_length=20,
        default="rfc1459",
        choices=[(mapping, mapping) for mapping in CASEMAPPINGS],
        help_text="As the server says; the bot keeps it up to date.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
