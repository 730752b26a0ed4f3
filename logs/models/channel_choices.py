"""What owners choose from in the settings of a channel."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Visibility(models.TextChoices):
    """Who may read a channel, as its owners choose."""

    PUBLIC = "public", _("everybody")
    UNLISTED = "unlisted", _("only people with the secret link")
    MEMBERS = "members", _("only owners and members")


class LoggingNotice(models.TextChoices):
    """Whether people in a channel are informed that it is publicly logged."""

    UNNEEDED = "unneeded", "not needed: confirmed by an administrator"
    CONFIRMED = "confirmed", "confirmed by an owner"
    MISSING = "missing", "missing: only owners can read until it is given"
    GIVEN = "given", "given"


class OptedOutLines(models.TextChoices):
    """What is stored of messages by people who opted out."""

    PLACEHOLDER = "placeholder", _("a nameless placeholder for each message")
    NOTHING = "nothing", _("nothing at all")


class ReplyMode(models.TextChoices):
    """Where the bot answers commands."""

    NOBODY = "nobody", _("nobody")
    PRIVATE = "private", _("in private only")
    CHANNEL = "channel", _("in the channel too")
